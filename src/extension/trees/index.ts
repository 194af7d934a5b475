import * as vscode from 'vscode';
import type { Engine } from '../../core/engine.ts';
import { registerOwn } from '../commands/own.ts';
import { commands, internalCommands, settings, viewContainer, views as viewIds } from '../ids.ts';
import type { Parts, Register } from '../parts.ts';
import { thingsOf } from '../thing.ts';
import { createdThing } from './created.ts';
import { RowDecorations } from './decorations.ts';
import { type Fleet, LiveFleet } from './fleet.ts';
import { lookCount } from './looks.ts';
import { Notifier } from './notify.ts';
import { refreshMs, ViewOptions } from './options.ts';
import type { FleetSource } from './source.ts';
import { StatusBar } from './statusBar.ts';
import { TreeViews } from './views.ts';

/** Reads and asks nothing until somebody looks. */
export function createFleet(parts: Parts): Fleet {
  const changed = new vscode.EventEmitter<void>();
  let opened: { engine: Engine; source: FleetSource } | undefined;
  const live = new LiveFleet({
    intervalMs: refreshMs,
    onChange: () => changed.fire(),
    onError: (error) => parts.log.error(error instanceof Error ? error : String(error)),
    source: async () => {
      const engine = await parts.engine();
      if (opened?.engine !== engine) {
        const { engineSource } = await import('./source.ts');
        opened = { engine, source: engineSource(engine) };
      }
      return opened.source;
    },
  });
  parts.context.subscriptions.push(changed, live);
  return {
    onDidChange: changed.event,
    get state() {
      return live.state;
    },
    refresh: async (options) => live.refresh(options),
    keepFresh: () => live.keepFresh(),
  };
}

export const register: Register = (parts) => {
  const { fleet } = parts;
  const options = new ViewOptions();
  // First, so that a row which is drawn again finds its colour.
  const decorations = new RowDecorations(fleet);
  const views = new TreeViews(parts, options);
  const refresh = async (): Promise<void> => {
    const work = async () => fleet.refresh({ isProbed: true });
    await vscode.window.withProgress({ location: { viewId: viewIds.sessions } }, work);
  };
  const command = (id: string, run: (...args: unknown[]) => Promise<unknown>) => registerOwn(parts, id, run);
  return vscode.Disposable.from(
    options,
    views,
    decorations,
    vscode.window.registerFileDecorationProvider(decorations),
    new Notifier(parts),
    new StatusBar(fleet),
    // What a verb of this window did is shown without waiting for the watcher; a new thing is shown by its row.
    parts.verbs.onDidRun(async (run) => {
      const thing = createdThing(run);
      if (thing !== undefined) await views.reveal(thing);
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(settings.home) && fleet.state.status !== 'loading') void fleet.refresh();
    }),
    command(commands.refresh, refresh),
    command(commands.filter, async () => options.ask()),
    command(commands.clearFilter, async () => {
      options.filter = '';
    }),
    command(commands.groupByVm, async () => options.group('vm')),
    command(commands.groupByWorkspace, async () => options.group('workspace')),
    command(commands.ungroup, async () => options.group('none')),
    command(commands.showUnanswering, async () => (await import('./unanswering.ts')).showUnanswering(parts)),
    command(commands.showStatus, async () => {
      const isWanted = lookCount(fleet.state.rows.session) > 0;
      const target = isWanted ? `${viewIds.sessions}.focus` : `workbench.view.extension.${viewContainer}`;
      await vscode.commands.executeCommand(target);
    }),
    command(internalCommands.reveal, async (argument) => {
      for (const thing of thingsOf(argument).slice(0, 1)) await views.reveal(thing);
    }),
  );
};
