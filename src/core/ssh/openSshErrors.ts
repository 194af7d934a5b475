import { AppError } from '../errors.ts';
import type { SshTarget } from '../ports/transport.ts';
import { stripControls } from '../text.ts';
import { facts, notLetIn, place, unreachable, wrongHostKey } from './sshErrors.ts';

/** What OpenSSH says of a failed connection, the reason in our words, and the code that Node would give it. */
const reasons: ReadonlyArray<readonly [said: RegExp, reason: string, errno?: string]> = [
  [/Connection refused/i, 'it refuses connections', 'ECONNREFUSED'],
  [/No route to host|Network is unreachable/i, 'there is no route to it'],
  [/timed out/i, 'it does not answer'],
  [/Could not resolve hostname|Name or service not known/i, 'its name is not known'],
  [/Connection (?:closed|reset) by|Connection reset/i, 'it closed the connection at once', 'ECONNRESET'],
];

const lastLine = (said: string): string => stripControls(said.trim().split(/\r?\n/).at(-1) ?? '').slice(0, 200);

/** What the main connection adds when the program that it goes through has ended; the reason stands before it. */
const ended = /UNKNOWN port 65535|stdio forwarding failed|kex_exchange_identification/;
const isOnTheWay = /UNKNOWN port 65535|stdio forwarding failed|\S\s*\n.*kex_exchange_identification/;

/** Why `ssh` ended before our agent answered. `said` is its stderr. */
export function openSshError(target: SshTarget, code: number, said: string): AppError {
  const cause = new Error(said.trim());
  if (code !== 255) {
    return new AppError(
      'remote-failed',
      `VM '${target.vm}' cannot run commands for us: ${lastLine(said) || `exit code ${code}`}.`,
      {
        hint: `Our helper needs /bin/sh and perl there, and a login shell for '${target.user}' that runs commands.`,
        data: facts(target),
        cause,
      },
    );
  }
  if (/Bad configuration option|terminating, .* bad configuration/i.test(said)) {
    return new AppError('config', `OpenSSH cannot use its configuration: ${lastLine(said)}.`, {
      hint: 'Correct the SSH configuration that it names.',
      cause,
    });
  }
  const isHostKey = /Host key verification failed|no matching host key type/i.test(said);
  if (isHostKey && said.includes(target.hostKeyAlias)) return wrongHostKey(target, offeredIn(said), cause);
  if (isHostKey || isOnTheWay.test(said)) return wayError(target, said, isHostKey, cause);
  if (/Permission denied|Too many authentication failures/i.test(said)) {
    // A key that could not sign has said so before the server's refusal.
    const detail = said.split(/\r?\n/).find((line) => /sign|agent|load|device|passphrase/i.test(line));
    return notLetIn(target, cause, detail === undefined ? undefined : `OpenSSH said: ${lastLine(detail)}.`);
  }
  const [, reason, errno] = reasons.find(([pattern]) => pattern.test(said)) ?? [];
  if (reason === undefined) return unreachable(target, `OpenSSH said: ${lastLine(said) || 'nothing'}`, cause);
  return unreachable(target, reason, errno === undefined ? cause : Object.assign(cause, { code: errno }));
}

/** The new key's fingerprint stands on a line of its own. */
const offeredIn = (said: string): string | undefined => /^(SHA256:[\w+/]{43})\.?\s*$/m.exec(said)?.[1];

/** A jump host or proxy command is the operator's; OpenSSH checks it by the operator's own configuration. */
function wayError(target: SshTarget, said: string, isHostKey: boolean, cause: Error): AppError {
  const lines = said
    .trim()
    .split(/\r?\n/)
    .filter((line) => !ended.test(line));
  const detail = stripControls(lines.at(-1) ?? '').slice(0, 200);
  const way = `VM '${target.vm}' at ${place(target)} is reached through another host`;
  const options = { hint: `Try it by hand: ssh -v -p ${target.port} ${target.host}`, data: facts(target), cause };
  if (isHostKey)
    return new AppError('host-key', `${way}, whose host key your SSH configuration does not trust.`, options);
  if (/Permission denied/i.test(said)) return new AppError('auth', `${way}, which does not let you in.`, options);
  return new AppError('unreachable', `${way}, and that did not work: ${detail || 'no reason given'}.`, options);
}
