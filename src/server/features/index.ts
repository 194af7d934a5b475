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
import { actionKinds, codeActions } from './codeActions.ts';
import { codeLens } from './codeLens.ts';
import { commands } from './commands.ts';
import { completion, completionTriggers, resolvedItem } from './completion.ts';
import { declaration } from './declaration.ts';
import { pullDiagnostics, pullWorkspace } from './diagnostics.ts';
import { foldingRanges } from './folding.ts';
import { formattedLines, formatting } from './formatting.ts';
import { prepareHierarchy, subtypes, supertypes } from './hierarchy.ts';
import { hover } from './hover.ts';
import { inlayHints } from './inlayHints.ts';
import { documentLinks } from './links.ts';
import { definition, highlights, references } from './navigation.ts';
import { prepareRename, rename } from './rename.ts';
import { selectionRange } from './selection.ts';
import { encodedTokens, fullTokens, tokenLegend, tokensDelta } from './semanticTokens.ts';
import { documentSymbols } from './symbols.ts';
import { virtualDocuments } from './virtualDocuments.ts';
import { workspaceSymbols } from './workspaceSymbols.ts';

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
    (document, { position }, context) => completion(document, document.offsetAt(position), context),
  ),
  request(CompletionResolveRequest.type, {}, resolvedItem),
  about(
    CodeActionRequest.type,
    ({ hasCodeActions }) => (hasCodeActions ? { codeActionProvider: { codeActionKinds: actionKinds } } : {}),
    codeActions,
  ),
  about(DocumentFormattingRequest.type, { documentFormattingProvider: true }, (document, { options }) =>
    formatting(document, options),
  ),
  about(
    DocumentRangeFormattingRequest.type,
    { documentRangeFormattingProvider: true },
    (document, { options, range }) => formatting(document, options, formattedLines(document, document.span(range))),
  ),
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
  about(DeclarationRequest.type, { declarationProvider: true }, (document, { position }, { client }) =>
    declaration(document, document.offsetAt(position), client),
  ),
  about(PrepareRenameRequest.type, {}, (document, { position }, { fleet }) =>
    prepareRename(document, document.offsetAt(position), fleet),
  ),
  about(
    RenameRequest.type,
    ({ canPrepareRename }) => ({ renameProvider: canPrepareRename ? { prepareProvider: true } : true }),
    (document, { position, newName }, context) => rename(document, document.offsetAt(position), newName, context),
  ),
  about(TypeHierarchyPrepareRequest.type, { typeHierarchyProvider: true }, (document, { position }) =>
    prepareHierarchy(document, document.offsetAt(position)),
  ),
  request(TypeHierarchySupertypesRequest.type, {}, ({ item }, { documents }) => {
    const document = documents.get(item.uri);
    return document === undefined ? null : supertypes(document, item);
  }),
  request(TypeHierarchySubtypesRequest.type, {}, ({ item }, { documents }) => {
    const document = documents.get(item.uri);
    return document === undefined ? null : subtypes(document, item);
  }),
  request(WorkspaceSymbolRequest.type, { workspaceSymbolProvider: true }, ({ query }, { documents }) =>
    workspaceSymbols(
      documents.uris.flatMap((uri) => documents.get(uri) ?? []),
      query,
    ),
  ),
  about(SelectionRangeRequest.type, { selectionRangeProvider: true }, (document, { positions }) =>
    positions.map((position) => selectionRange(document, document.offsetAt(position))),
  ),
  about(
    SemanticTokensRequest.type,
    { semanticTokensProvider: { legend: tokenLegend, full: { delta: true }, range: true } },
    (document, _, { documents }) => fullTokens(document, documents),
  ),
  about(SemanticTokensDeltaRequest.type, {}, (document, { previousResultId }, { documents }) =>
    tokensDelta(document, previousResultId, documents),
  ),
  about(SemanticTokensRangeRequest.type, {}, (document, { range }) => ({ data: encodedTokens(document, range) })),
  about(DocumentLinkRequest.type, { documentLinkProvider: {} }, (document, _, { files, client }) =>
    documentLinks(document, files, client),
  ),
  about(InlayHintRequest.type, { inlayHintProvider: true }, (document, { range }) => inlayHints(document, range)),
  codeLens,
  commands,
  virtualDocuments,
];
