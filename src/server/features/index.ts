import {
  CodeActionRequest,
  CompletionRequest,
  CompletionResolveRequest,
  DeclarationRequest,
  DefinitionRequest,
  DocumentDiagnosticRequest,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentLinkRequest,
  DocumentRangeFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  InlayHintRequest,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  SelectionRangeRequest,
  SemanticTokensDeltaRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
  TypeHierarchyPrepareRequest,
  TypeHierarchySubtypesRequest,
  TypeHierarchySupertypesRequest,
  WorkspaceDiagnosticRequest,
  WorkspaceSymbolRequest,
} from '../protocol.ts';
import { about, type Feature, request } from '../registry.ts';
import { commands } from './commands.ts';
import { pullDiagnostics, pullWorkspace } from './diagnostics.ts';
import { lenses } from './lenses.ts';
import { actionKinds, completionTriggers, tokenLegend } from './offered.ts';
import { virtualDocuments } from './virtualDocuments.ts';

const answers = () => import('./answers.ts');

/** Every request that the server answers: its type, what `initialize` says of it, and the function that answers. */
export const features: readonly Feature[] = [
  about(
    DocumentDiagnosticRequest.type,
    ({ pullsDiagnostics }) =>
      pullsDiagnostics
        ? {
            diagnosticProvider: { identifier: 'agentworks', interFileDependencies: false, workspaceDiagnostics: true },
          }
        : {},
    pullDiagnostics,
  ),
  request(WorkspaceDiagnosticRequest.type, {}, pullWorkspace),
  about(
    CompletionRequest.type,
    { completionProvider: { triggerCharacters: completionTriggers, resolveProvider: true } },
    async (document, { position }, context) =>
      (await answers()).completion(document, document.offsetAt(position), context),
  ),
  request(CompletionResolveRequest.type, {}, async (item, context) => (await answers()).resolvedItem(item, context)),
  about(
    CodeActionRequest.type,
    ({ hasCodeActions }) => (hasCodeActions ? { codeActionProvider: { codeActionKinds: actionKinds } } : {}),
    async (document, params, context) => (await answers()).codeActions(document, params, context),
  ),
  about(DocumentFormattingRequest.type, { documentFormattingProvider: true }, async (document, { options }) =>
    (await answers()).formatting(document, options),
  ),
  about(
    DocumentRangeFormattingRequest.type,
    { documentRangeFormattingProvider: true },
    async (document, { options, range }) => {
      const { formatting, formattedLines } = await answers();
      return formatting(document, options, formattedLines(document, document.span(range)));
    },
  ),
  about(HoverRequest.type, { hoverProvider: true }, async (document, { position }, { client }) =>
    (await answers()).hover(document, document.offsetAt(position), client),
  ),
  about(DefinitionRequest.type, { definitionProvider: true }, async (document, { position }, { client }) =>
    (await answers()).definition(document, document.offsetAt(position), client),
  ),
  about(ReferencesRequest.type, { referencesProvider: true }, async (document, { position, context }) =>
    (await answers()).references(document, document.offsetAt(position), context.includeDeclaration),
  ),
  about(DocumentHighlightRequest.type, { documentHighlightProvider: true }, async (document, { position }) =>
    (await answers()).highlights(document, document.offsetAt(position)),
  ),
  about(DocumentSymbolRequest.type, { documentSymbolProvider: true }, async (document, _, { client }) =>
    (await answers()).documentSymbols(document, client),
  ),
  about(FoldingRangeRequest.type, { foldingRangeProvider: true }, async (document) =>
    (await answers()).foldingRanges(document),
  ),
  about(DeclarationRequest.type, { declarationProvider: true }, async (document, { position }, { client }) =>
    (await answers()).declaration(document, document.offsetAt(position), client),
  ),
  about(PrepareRenameRequest.type, {}, async (document, { position }, { fleet }) =>
    (await answers()).prepareRename(document, document.offsetAt(position), fleet),
  ),
  about(
    RenameRequest.type,
    ({ canPrepareRename }) => ({ renameProvider: canPrepareRename ? { prepareProvider: true } : true }),
    async (document, { position, newName }, context) =>
      (await answers()).rename(document, document.offsetAt(position), newName, context),
  ),
  about(TypeHierarchyPrepareRequest.type, { typeHierarchyProvider: true }, async (document, { position }) =>
    (await answers()).prepareHierarchy(document, document.offsetAt(position)),
  ),
  request(TypeHierarchySupertypesRequest.type, {}, async ({ item }, { documents }) => {
    const document = documents.get(item.uri);
    return document === undefined ? null : (await answers()).supertypes(document, item);
  }),
  request(TypeHierarchySubtypesRequest.type, {}, async ({ item }, { documents }) => {
    const document = documents.get(item.uri);
    return document === undefined ? null : (await answers()).subtypes(document, item);
  }),
  request(WorkspaceSymbolRequest.type, { workspaceSymbolProvider: true }, async ({ query }, context) => {
    const { searchedDocuments, workspaceSymbols } = await answers();
    return workspaceSymbols(await searchedDocuments(context), query);
  }),
  about(SelectionRangeRequest.type, { selectionRangeProvider: true }, async (document, { positions }) => {
    const { selectionRange } = await answers();
    return positions.map((position) => selectionRange(document, document.offsetAt(position)));
  }),
  about(
    SemanticTokensRequest.type,
    { semanticTokensProvider: { legend: tokenLegend, full: { delta: true }, range: true } },
    async (document, _, { documents }) => (await answers()).fullTokens(document, documents),
  ),
  about(SemanticTokensDeltaRequest.type, {}, async (document, { previousResultId }, { documents }) =>
    (await answers()).tokensDelta(document, previousResultId, documents),
  ),
  about(SemanticTokensRangeRequest.type, {}, async (document, { range }) => ({
    data: (await answers()).encodedTokens(document, range),
  })),
  about(DocumentLinkRequest.type, { documentLinkProvider: {} }, async (document, _, { files, client }) =>
    (await answers()).documentLinks(document, files, client),
  ),
  about(InlayHintRequest.type, { inlayHintProvider: true }, async (document, { range }) =>
    (await answers()).inlayHints(document, range),
  ),
  lenses,
  commands,
  virtualDocuments,
];
