import type { ClientCapabilities, InitializeParams, MarkupContent } from 'vscode-languageserver';
import { MarkupKind } from 'vscode-languageserver';
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
  readonly hasHierarchicalSymbols: boolean;
  /** Definitions may be links, with the range of what was clicked. */
  readonly hasDefinitionLinks: boolean;
  readonly foldsLinesOnly: boolean;
  /** Markdown as the client shows it: plain text where it cannot. */
  markup(markdown: string): MarkupContent;
}

/** UTF-16 is our own unit, so it is taken wherever the client offers it, and where it says nothing. */
function encodingOf(offered: readonly string[] | undefined): Encoding {
  if (offered === undefined || offered.length === 0 || offered.includes('utf-16')) return 'utf-16';
  return offered.includes('utf-8') ? 'utf-8' : offered.includes('utf-32') ? 'utf-32' : 'utf-16';
}

export function clientOf({ capabilities }: Pick<InitializeParams, 'capabilities'>): Client {
  const { textDocument = {}, workspace = {}, general = {} } = capabilities ?? {};
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
    hasItemTags: textDocument.completion?.completionItem?.tagSupport !== undefined,
    hasHierarchicalSymbols: textDocument.documentSymbol?.hierarchicalDocumentSymbolSupport === true,
    hasDefinitionLinks: textDocument.definition?.linkSupport === true,
    foldsLinesOnly: textDocument.foldingRange?.lineFoldingOnly === true,
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
