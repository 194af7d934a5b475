import type * as vscode from 'vscode';
import type { Output } from '../../../src/core/commands/output.ts';
import { commands } from '../../../src/extension/ids.ts';
import type { Parts, RunOptions, Values } from '../../../src/extension/parts.ts';
import { type Fleet, LiveFleet } from '../../../src/extension/trees/fleet.ts';
import { register } from '../../../src/extension/trees/index.ts';
import type { Node } from '../../../src/extension/trees/tree.ts';
import { EventEmitter, editor, type FakeTreeView } from '../../fakes/vscode.ts';
import { openFront } from '../front.ts';
import type { FakeSource } from './world.ts';

export interface Window {
  fleet: Fleet;
  ran: { verb: string; values: Values | undefined; options: RunOptions | undefined }[];
  errors: unknown[];
  memory: Map<string, unknown>;
  /** A verb has ended well. */
  done(verb: string, values: Values, output: Output): void;
  view(kind: 'vms' | 'workspaces' | 'agents' | 'sessions'): FakeTreeView<Node>;
  close(): void;
}

/** A window with the trees in it, over a record and machines that behave. `memory` is what windows share. */
export function openWindow(source: FakeSource, memory = new Map<string, unknown>()): Window {
  editor.reset();
  // Verbs are executed, and done by nobody here.
  const own = Object.values(commands).map((command) => ({ command }));
  const front = openFront({ contributes: { commands: own } });
  const changed = new EventEmitter<void>();
  const didRun = new EventEmitter<{ verb: string; values: Values; output: Output }>();
  const ran: Window['ran'] = [];
  const errors: unknown[] = [];
  const live = new LiveFleet({
    source: async () => source,
    intervalMs: () => 10_000,
    onChange: () => changed.fire(),
    onError: (error) => void errors.push(error),
  });
  const fleet: Fleet = {
    onDidChange: changed.event as vscode.Event<void>,
    get state() {
      return live.state;
    },
    refresh: async (options) => live.refresh(options),
    keepFresh: () => live.keepFresh(),
  };
  const parts = {
    context: {
      globalState: {
        get: (key: string) => memory.get(key),
        update: async (key: string, value: unknown) => void memory.set(key, value),
      },
    },
    fleet,
    front,
    log: { error: (error: unknown) => void errors.push(error) },
    verbs: {
      onDidRun: didRun.event,
      run: async (verb: string, values?: Values, options?: RunOptions) => {
        ran.push({ verb, values, options });
        return { type: 'nothing' };
      },
    },
  } as unknown as Parts;
  const registered = register(parts);
  return {
    fleet,
    ran,
    errors,
    memory,
    done: (verb, values, output) => didRun.fire({ verb, values, output }),
    view: (kind) => editor.view<Node>(`agentworks.${kind}`),
    close: () => {
      registered.dispose();
      live.dispose();
      front.dispose();
    },
  };
}
