import { type Script, sh } from '../../remote/quote.ts';
import { socketRoot } from '../../session/place.ts';
import { writableFolders } from '../../vm/init/nosuid.ts';
import { keysFolder, rootLikeGroups } from '../account.ts';
import { acting } from './acting.ts';
import { facts } from './facts.ts';
import { frame } from './frame.ts';
import { looking } from './looking.ts';

export interface Place {
  name: string;
  path: string;
}

export interface VerifyRequest {
  linuxUser: string;
  adminUser: string;
  /** Folder of all workspaces. */
  workspacesFolder: string;
  /** Workspaces that it may enter, and all others of the VM. */
  granted: readonly Place[];
  closed: readonly Place[];
  /** Where its platform shows the operator's computer to the machine. */
  operatorAddresses: readonly { address: string; port: number }[];
  /** The short form. */
  isQuick: boolean;
}

/** Run as root; the program and what it is told come on stdin, so that no path of the account has a say in it. */
export const verifyCommand: Script = sh`exec /usr/bin/env -i /usr/bin/perl -`;

/** Stdin of `verifyCommand`. */
export function verifyProgram(request: VerifyRequest, nonce: string): string {
  const rows: [kind: string, ...values: (string | number)[]][] = [
    ['nonce', nonce],
    ['user', request.linuxUser],
    ['admin', request.adminUser],
    ['sockets', socketRoot],
    ['keys', keysFolder],
    ['parent', request.workspacesFolder],
    ...request.granted.map((one) => ['granted', one.name, one.path] as [string, ...string[]]),
    ...request.closed.map((one) => ['closed', one.name, one.path] as [string, ...string[]]),
    ...rootLikeGroups.map((one) => ['rootlike', one] as [string, string]),
    ...writableFolders(request.workspacesFolder).map((one) => ['writable', one] as [string, string]),
    ...request.operatorAddresses.map((one) => ['address', one.address, one.port] as [string, string, number]),
    ...(request.isQuick ? [['quick', 1] as [string, number]] : []),
  ];
  const hex = (value: string | number): string => Buffer.from(String(value)).toString('hex');
  const data = rows.map(([kind, ...values]) => [kind, ...values.map(hex)].join('\t'));
  return [frame, looking, acting, facts, '__DATA__', ...data, ''].join('\n');
}
