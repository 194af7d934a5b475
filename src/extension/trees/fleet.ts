import type * as vscode from 'vscode';

/** What is on record and, where a probe answered, what is true; the one source of trees, pickers, badge and tools. */
export interface Fleet {
  /** Fires when anything that is shown may have changed. */
  readonly onDidChange: vscode.Event<void>;
  /** Reads the record; asks the machines as well where `isProbed`. Calls at once share one run. */
  refresh(options?: { isProbed?: boolean }): Promise<void>;
}
