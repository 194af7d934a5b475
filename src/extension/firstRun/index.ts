import * as vscode from 'vscode';
import { commands, extensionId, walkthroughId } from '../ids.ts';
import type { Register } from '../parts.ts';
import type { FirstRunFacts } from './facts.ts';

/** The walkthrough, and what its steps start and are ticked off by. */
export const register: Register = (parts) => {
  let shown: Partial<FirstRunFacts> = {};
  const look = async (): Promise<void> => {
    const { firstRunFacts, keyOf } = await import('./facts.ts');
    const facts = await firstRunFacts(await parts.engine());
    for (const fact of Object.keys(facts) as (keyof FirstRunFacts)[]) {
      if (shown[fact] !== facts[fact]) await vscode.commands.executeCommand('setContext', keyOf(fact), facts[fact]);
    }
    shown = facts;
  };
  let isLooking = false;
  let isWanted = false;
  const lookSoon = async (): Promise<void> => {
    isWanted = true;
    if (isLooking) return;
    isLooking = true;
    while (isWanted) {
      isWanted = false;
      // A state that cannot be read is said where it is needed; here a step stays open.
      await look().catch((error: unknown) => parts.log.debug(`The walkthrough could not look: ${String(error)}`));
    }
    isLooking = false;
  };
  return vscode.Disposable.from(
    parts.fleet.onDidChange(lookSoon),
    parts.verbs.onDidRun(lookSoon),
    parts.front.command(commands.openWalkthrough, async () => {
      void lookSoon();
      await vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `${extensionId}#${walkthroughId}`,
        false,
      );
    }),
    parts.front.command(commands.createQemuVm, () => parts.verbs.run('vm.create', { platform: 'qemu' })),
    parts.front.command(commands.adoptHost, () => parts.verbs.run('vm.create', { platform: 'ssh' })),
  );
};
