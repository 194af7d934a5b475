import type { ClientCapabilities, MarkupKind } from 'vscode-languageserver';

/** What a client that only edits text declares. */
export const bare: ClientCapabilities = {};

const markdown: MarkupKind[] = ['markdown', 'plaintext'];

/** VS Code with vscode-languageclient: pulls diagnostics, UTF-16. */
export const vscode: ClientCapabilities = {
  general: { positionEncodings: ['utf-16'], markdown: { parser: 'marked', version: '1.1.0' } },
  workspace: {
    applyEdit: true,
    workspaceEdit: { documentChanges: true, changeAnnotationSupport: { groupsOnLabel: true } },
    didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
    diagnostics: { refreshSupport: true },
    inlayHint: { refreshSupport: true },
    codeLens: { refreshSupport: true },
    semanticTokens: { refreshSupport: true },
    textDocumentContent: { dynamicRegistration: true },
    executeCommand: { dynamicRegistration: true },
  },
  textDocument: {
    publishDiagnostics: {
      relatedInformation: true,
      tagSupport: { valueSet: [1, 2] },
      codeDescriptionSupport: true,
      versionSupport: false,
      dataSupport: true,
    },
    diagnostic: { dynamicRegistration: true, relatedDocumentSupport: false },
    synchronization: { dynamicRegistration: true, didSave: true },
    completion: {
      contextSupport: true,
      completionItem: {
        snippetSupport: true,
        commitCharactersSupport: true,
        documentationFormat: ['markdown', 'plaintext'],
        deprecatedSupport: true,
        tagSupport: { valueSet: [1] },
        insertReplaceSupport: true,
        labelDetailsSupport: true,
        resolveSupport: { properties: ['documentation', 'detail', 'additionalTextEdits'] },
      },
    },
    hover: { contentFormat: markdown },
    definition: { linkSupport: true },
    declaration: { linkSupport: true },
    references: {},
    documentHighlight: {},
    documentSymbol: { hierarchicalDocumentSymbolSupport: true, tagSupport: { valueSet: [1] } },
    codeAction: {
      isPreferredSupport: true,
      dataSupport: true,
      resolveSupport: { properties: ['edit'] },
      codeActionLiteralSupport: {
        codeActionKind: { valueSet: ['', 'quickfix', 'refactor', 'refactor.extract', 'source', 'source.fixAll'] },
      },
    },
    codeLens: {},
    formatting: {},
    rangeFormatting: {},
    rename: { prepareSupport: true, prepareSupportDefaultBehavior: 1, honorsChangeAnnotations: true },
    documentLink: { tooltipSupport: true },
    foldingRange: { lineFoldingOnly: true, rangeLimit: 5000 },
    selectionRange: {},
    semanticTokens: {
      requests: { range: true, full: { delta: true } },
      tokenTypes: [],
      tokenModifiers: [],
      formats: ['relative'],
    },
    typeHierarchy: {},
    inlayHint: { resolveSupport: { properties: ['tooltip'] } },
  },
};

/** Neovim 0.11: pushes and pulls, UTF-8 first. */
export const neovim: ClientCapabilities = {
  general: { positionEncodings: ['utf-8', 'utf-16', 'utf-32'] },
  workspace: {
    applyEdit: true,
    executeCommand: {},
    workspaceEdit: { resourceOperations: ['rename', 'create', 'delete'] },
    didChangeWatchedFiles: { dynamicRegistration: false, relativePatternSupport: true },
    inlayHint: { refreshSupport: true },
    semanticTokens: { refreshSupport: true },
  },
  textDocument: {
    publishDiagnostics: { relatedInformation: true, tagSupport: { valueSet: [1, 2] }, dataSupport: true },
    diagnostic: { dynamicRegistration: false },
    synchronization: { didSave: true, willSave: true, willSaveWaitUntil: true },
    completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown', 'plaintext'] } },
    hover: { contentFormat: markdown },
    definition: { linkSupport: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    foldingRange: { lineFoldingOnly: true },
    rename: { prepareSupport: true },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['', 'quickfix', 'refactor', 'source'] } } },
  },
};

/** Neovim 0.7 as Debian 12 packages it; recorded by `vim.lsp.protocol.make_client_capabilities()`. */
export const neovim07: ClientCapabilities = {
  workspace: {
    applyEdit: true,
    workspaceEdit: { resourceOperations: ['rename', 'create', 'delete'] },
    workspaceFolders: true,
  },
  textDocument: {
    publishDiagnostics: { relatedInformation: true, tagSupport: { valueSet: [1, 2] } },
    synchronization: { didSave: true, willSave: false, willSaveWaitUntil: false },
    completion: { completionItem: { snippetSupport: false, documentationFormat: markdown } },
    hover: { contentFormat: markdown },
    definition: { linkSupport: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    rename: { prepareSupport: true },
    codeAction: {
      dataSupport: true,
      resolveSupport: { properties: ['edit'] },
      codeActionLiteralSupport: { codeActionKind: { valueSet: ['', 'quickfix', 'refactor', 'source'] } },
    },
  },
  window: { showDocument: { support: false }, workDoneProgress: true },
};

/** Helix, as its source of 2026 declares: UTF-8 first, push only here, no code lens, no folding, no semantic tokens. */
export const helix: ClientCapabilities = {
  general: { positionEncodings: ['utf-8', 'utf-32', 'utf-16'] },
  workspace: {
    applyEdit: true,
    configuration: true,
    workspaceFolders: true,
    executeCommand: { dynamicRegistration: false },
    inlayHint: { refreshSupport: false },
    workspaceEdit: {
      documentChanges: true,
      resourceOperations: ['create', 'rename', 'delete'],
      failureHandling: 'abort',
    },
    didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: false },
  },
  textDocument: {
    publishDiagnostics: { versionSupport: true, tagSupport: { valueSet: [1, 2] } },
    completion: {
      completionItem: {
        snippetSupport: true,
        deprecatedSupport: true,
        tagSupport: { valueSet: [1] },
        insertReplaceSupport: true,
        resolveSupport: { properties: ['documentation', 'detail', 'additionalTextEdits'] },
      },
    },
    hover: { contentFormat: ['markdown'] },
    rename: { prepareSupport: true, honorsChangeAnnotations: false },
    formatting: {},
    inlayHint: { dynamicRegistration: false },
    codeAction: {
      isPreferredSupport: true,
      disabledSupport: true,
      dataSupport: true,
      resolveSupport: { properties: ['edit', 'command'] },
      codeActionLiteralSupport: { codeActionKind: { valueSet: ['', 'quickfix', 'refactor', 'source'] } },
    },
  },
  window: { workDoneProgress: true },
};

/** Zed, as its source declares: pulls diagnostics, no position encodings, hints whose parts are resolved. */
export const zed: ClientCapabilities = {
  workspace: { applyEdit: true, configuration: true, inlayHint: { refreshSupport: true } },
  textDocument: {
    publishDiagnostics: { relatedInformation: true },
    diagnostic: { dynamicRegistration: false, relatedDocumentSupport: true },
    synchronization: { didSave: true },
    completion: {
      contextSupport: true,
      completionItem: {
        snippetSupport: true,
        insertReplaceSupport: true,
        labelDetailsSupport: true,
        resolveSupport: { properties: ['additionalTextEdits', 'command', 'documentation'] },
      },
    },
    hover: { contentFormat: ['markdown'] },
    rename: { prepareSupport: true },
    formatting: { dynamicRegistration: true },
    rangeFormatting: { dynamicRegistration: true },
    onTypeFormatting: { dynamicRegistration: true },
    inlayHint: {
      resolveSupport: { properties: ['textEdits', 'tooltip', 'label.tooltip', 'label.location', 'label.command'] },
    },
  },
  window: { workDoneProgress: true, showMessage: {} },
};

export const profiles = { vscode, neovim, neovim07, helix, zed, bare };
