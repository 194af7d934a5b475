import type {
  DidChangeTextDocumentParams,
  DidCloseTextDocumentParams,
  DidOpenTextDocumentParams,
} from 'vscode-languageserver';
import type { PathBase } from '../core/config/bind.ts';
import { ConfigDocument } from './document.ts';
import { applyChanges, type Encoding } from './text.ts';

interface Open {
  version: number;
  text: string;
  /** Analysed at first use, once per version. */
  document: ConfigDocument | undefined;
}

/** The files that the client has open, as it last described them. */
export class Documents {
  private readonly open = new Map<string, Open>();
  private readonly base: PathBase;
  private encoding: Encoding = 'utf-16';
  private readonly listeners = new Set<(uri: string) => void>();

  constructor(base: PathBase) {
    this.base = base;
  }

  /** Before anything is opened. */
  useEncoding(encoding: Encoding): void {
    this.encoding = encoding;
  }

  didOpen({ textDocument: { uri, version, text } }: DidOpenTextDocumentParams): void {
    this.open.set(uri, { version, text, document: undefined });
  }

  didChange({ textDocument: { uri, version }, contentChanges }: DidChangeTextDocumentParams): void {
    const known = this.open.get(uri);
    if (known === undefined) return;
    const text = applyChanges(known.text, contentChanges, this.encoding);
    this.open.set(uri, { version, text, document: undefined });
    for (const listener of this.listeners) listener(uri);
  }

  didClose({ textDocument: { uri } }: DidCloseTextDocumentParams): void {
    this.open.delete(uri);
  }

  /** The current version of an open file; undefined when it is not open. */
  get(uri: string): ConfigDocument | undefined {
    const known = this.open.get(uri);
    if (known === undefined) return undefined;
    known.document ??= new ConfigDocument(uri, known.version, known.text, this.base, this.encoding);
    return known.document;
  }

  /** A file that is not open, as it stands on the disk. */
  closed(uri: string, text: string): ConfigDocument {
    return new ConfigDocument(uri, 0, text, this.base, this.encoding);
  }

  /** Calls back after a change of an open file, without looking at it. */
  onChange(listener: (uri: string) => void): void {
    this.listeners.add(listener);
  }

  get uris(): string[] {
    return [...this.open.keys()];
  }
}
