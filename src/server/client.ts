import type { ClientCapabilities, InitializeParams, MarkupContent } from 'vscode-languageserver';
import { MarkupKind } from './protocol.ts';
import type { Encoding } from './text.ts';

/** What the client at the other end can do; everything that is not declared is taken as absent. */
export interface Client {
  readonly capabilities: ClientCapabilities;
  readonly encoding: Encoding;
  /** It asks for diagnostics; else they are pushed. */
  readonly pullsDiagnostics: boolean;
  readonly canRefreshDiagnostics: boolean;
  readonly hasRelatedInformation: boolean;
  readonly hasDiagnosticTags: boolean;
  readonly hasCodeDescription: boolean;
  readonly hasSnippets: boolean;
  readonly hasLabelDetails: boolean;
  /** Completion items may be struck through. */
  readonly hasItemTags: boolean;
  /** Code actions may be edits, not only commands. */
  readonly hasCodeActions: boolean;
  readonly hasHierarchicalSymbols: boolean;
  /** Definitions may be links, with the range of what was clicked. */
  readonly hasDefinitionLinks: boolean;
  readonly foldsLinesOnly: boolean;
  readonly canPrepareRename: boolean;
  /** Declarations may be links. */
  readonly hasDeclarationLinks: boolean;
  /** Edits may name the version of the file that they are for. */
  readonly hasDocumentChanges: boolean;
  readonly hasLinkTooltips: boolean;
  /** It asks the server for documents of the scheme `agentworks`, or says in its options that it can. */
  readonly hasVirtualDocuments: boolean;
  readonly canShowDocuments: boolean;
  /** Lenses can be run: by the server, or by commands of the client's own. */
  readonly canExecuteCommands: boolean;
  readonly canRefreshLenses: boolean;
  readonly canRefreshInlayHints: boolean;
  /** Commands of its own that it says a lens may name. */
  readonly ownCommands: ReadonlySet<string>;
  /** Markdown as the client shows it: plain text where it cannot. */
  markup(markdown: string): MarkupContent;
}

/** UTF-16 is our own unit, so it is taken wherever the client offers it, and where it says nothing. */
function encodingOf(offered: readonly string[] | undefined): Encoding {
  if (offered === undefined || offered.length === 0 || offered.includes('utf-16')) return 'utf-16';
  return offered.includes('utf-8') ? 'utf-8' : offered.includes('utf-32') ? 'utf-32' : 'utf-16';
}

type Introduction = Pick<InitializeParams, 'capabilities' | 'initializationOptions'>;

export function clientOf({ capabilities, initializationOptions }: Introduction): Client {
  const { textDocument = {}, workspace = {}, general = {}, window = {} } = capabilities ?? {};
  const options = (initializationOptions ?? {}) as { commands?: unknown; virtualDocuments?: unknown };
  const ownCommands = Array.isArray(options.commands)
    ? options.commands.filter((name) => typeof name === 'string')
    : [];
  const diagnostics = { ...textDocument.publishDiagnostics, ...textDocument.diagnostic };
  const hoverFormats = textDocument.hover?.contentFormat ?? [MarkupKind.PlainText];
  const hasMarkdown = hoverFormats.includes(MarkupKind.Markdown);
  return {
    capabilities: capabilities ?? {},
    encoding: encodingOf(general.positionEncodings),
    pullsDiagnostics: textDocument.diagnostic !== undefined,
    canRefreshDiagnostics: workspace.diagnostics?.refreshSupport === true,
    hasRelatedInformation: diagnostics.relatedInformation === true,
    hasDiagnosticTags: diagnostics.tagSupport !== undefined,
    hasCodeDescription: diagnostics.codeDescriptionSupport === true,
    hasSnippets: textDocument.completion?.completionItem?.snippetSupport === true,
    hasLabelDetails: textDocument.completion?.completionItem?.labelDetailsSupport === true,
    hasCodeActions: textDocument.codeAction?.codeActionLiteralSupport !== undefined,
    hasItemTags: textDocument.completion?.completionItem?.tagSupport !== undefined,
    hasHierarchicalSymbols: textDocument.documentSymbol?.hierarchicalDocumentSymbolSupport === true,
    hasDefinitionLinks: textDocument.definition?.linkSupport === true,
    foldsLinesOnly: textDocument.foldingRange?.lineFoldingOnly === true,
    canPrepareRename: textDocument.rename?.prepareSupport === true,
    hasDeclarationLinks: textDocument.declaration?.linkSupport === true,
    hasDocumentChanges: workspace.workspaceEdit?.documentChanges === true,
    hasLinkTooltips: textDocument.documentLink?.tooltipSupport === true,
    hasVirtualDocuments: workspace.textDocumentContent !== undefined || options.virtualDocuments === true,
    canShowDocuments: window.showDocument?.support === true,
    canExecuteCommands: workspace.executeCommand !== undefined || ownCommands.length > 0,
    canRefreshLenses: workspace.codeLens?.refreshSupport === true,
    canRefreshInlayHints: workspace.inlayHint?.refreshSupport === true,
    ownCommands: new Set(ownCommands),
    markup: (markdown) =>
      hasMarkdown
        ? { kind: MarkupKind.Markdown, value: markdown }
        : { kind: MarkupKind.PlainText, value: withoutMarkdown(markdown) },
  };
}

const withoutMarkdown = (markdown: string): string =>
  markdown
    .replace(/```\w*\n?/g, '')
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .replace(/\\([\\_<>[\]#|])/g, '$1');
