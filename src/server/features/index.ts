import { DocumentDiagnosticRequest } from 'vscode-languageserver';
import { about, type Feature } from '../registry.ts';
import { pullDiagnostics } from './diagnostics.ts';

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
];
