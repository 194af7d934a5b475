import * as vscode from 'vscode';
import { errorText } from '../core/errors.ts';
import { nonInteractiveAsk } from '../core/nonInteractiveAsk.ts';
import { createAskScope } from './adapters/askScope.ts';
import { createEngineHost } from './adapters/engine.ts';
import { register as commands, createVerbs } from './commands/index.ts';
import { register as diagnostics } from './diagnostics/index.ts';
import { RecentErrors } from './diagnostics/recentErrors.ts';
import { register as firstRun } from './firstRun/index.ts';
import type { Front } from './front.ts';
import { register as language } from './language/index.ts';
import { register as languageModel } from './languageModel/index.ts';
import type { Parts } from './parts.ts';
import { register as peek } from './peek/index.ts';
import { register as remote } from './remote/index.ts';
import { register as review } from './review/index.ts';
import { createTerminals, register as terminals } from './terminals/index.ts';
import { createFleet, register as trees } from './trees/index.ts';
import { isInsideManagedVm, registerInside } from './trees/inside.ts';

/** Everything wired by hand. Registers, connects to nothing, and loads the engine only when something needs it. */
export function compose(context: vscode.ExtensionContext, front: Front): vscode.Disposable {
  if (isInsideManagedVm()) return registerInside(context, front);
  const errors = new RecentErrors();
  const channel = vscode.window.createOutputChannel('Agentworks', { log: true });
  const log = errors.listeningTo(channel);
  // Only a verb that a person runs may ask.
  const scope = createAskScope(nonInteractiveAsk);
  const host = createEngineHost(context, scope.ask);
  const parts: Parts = {
    context,
    front,
    log,
    engine: host.engine,
    get verbs() {
      return running.verbs;
    },
    get terminals() {
      return opened;
    },
    get fleet() {
      return fleet;
    },
  };
  const running = createVerbs(parts, scope);
  const opened = createTerminals(parts);
  const fleet = createFleet(parts);
  const features = [
    commands,
    trees,
    terminals,
    remote,
    review,
    peek,
    language,
    languageModel,
    firstRun,
    diagnostics(errors),
  ];
  const registered = features.map((register) => register(parts));
  void running.resume().catch((error) => log.error(errorText(error)));
  // First what runs is left to the next window; then its connections may break.
  return vscode.Disposable.from(running, host, ...registered, channel);
}
