import {
  CompletionRequest,
  CompletionResolveRequest,
  DefinitionRequest,
  DocumentDiagnosticRequest,
  DocumentHighlightRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  ReferencesRequest,
} from 'vscode-languageserver';
import { about, type Feature, request } from '../registry.ts';
import { completion, completionTriggers, resolvedItem } from './completion.ts';
import { pullDiagnostics } from './diagnostics.ts';
import { foldingRanges } from './folding.ts';
import { hover } from './hover.ts';
import { definition, highlights, references } from './navigation.ts';
import { documentSymbols } from './symbols.ts';

/** Every request that the server answers: its type, what `initialize` says of it, and the function that answers. */
export const features: readonly Feature[] = [
  about(
    DocumentDiagnosticRequest.type,
    ({ pullsDiagnostics }) =>
      pullsDiagnostics
        ? {
            diagnosticProvider: { identifier: 'agentworks', interFileDependencies: false, workspaceDiagnostics: false },
          }
        : {},
    pullDiagnostics,
  ),
  about(
    CompletionRequest.type,
    { completionProvider: { triggerCharacters: completionTriggers, resolveProvider: true } },
    (document, { position }, context) => completion(document, document.offsetAt(position), context),
  ),
  request(CompletionResolveRequest.type, {}, resolvedItem),
  about(HoverRequest.type, { hoverProvider: true }, (document, { position }, { client }) =>
    hover(document, document.offsetAt(position), client),
  ),
  about(DefinitionRequest.type, { definitionProvider: true }, (document, { position }, { client }) =>
    definition(document, document.offsetAt(position), client),
  ),
  about(ReferencesRequest.type, { referencesProvider: true }, (document, { position, context }) =>
    references(document, document.offsetAt(position), context.includeDeclaration),
  ),
  about(DocumentHighlightRequest.type, { documentHighlightProvider: true }, (document, { position }) =>
    highlights(document, document.offsetAt(position)),
  ),
  about(DocumentSymbolRequest.type, { documentSymbolProvider: true }, (document, _, { client }) =>
    documentSymbols(document, client),
  ),
  about(FoldingRangeRequest.type, { foldingRangeProvider: true }, (document) => foldingRanges(document)),
];
