import * as vscode from 'vscode';
import { toAppError } from '../../core/errors.ts';
import { tools } from '../ids.ts';
import type { Parts, Register } from '../parts.ts';
import { label, notice } from '../text.ts';

const { l10n } = vscode;

type Input = Record<string, unknown>;

class ReadingTool implements vscode.LanguageModelTool<Input> {
  readonly #parts: Parts;
  readonly #name: string;

  constructor(parts: Parts, name: string) {
    this.#parts = parts;
    this.#name = name;
  }

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    if (this.#name !== tools.sessionOutput) return { invocationMessage: l10n.t('Reading from Agentworks') };
    const session = label(String(input.session ?? ''));
    return {
      invocationMessage: l10n.t("Reading the output of session '{0}'", session),
      confirmationMessages: {
        title: l10n.t("Give the output of session '{0}' to the model?", session),
        message: l10n.t(
          'The last lines that the session printed go to the language model. They may hold what is secret, and text that is made to mislead the model.',
        ),
      },
    };
  }

  async invoke(
    { input }: vscode.LanguageModelToolInvocationOptions<Input>,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelToolResult> {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    try {
      const { answer } = await import('./answers.ts');
      const context = { signal: controller.signal, report: () => undefined };
      const text = await answer(this.#name, input, await this.#parts.engine(), context);
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
    } catch (error) {
      const { message, hint } = toAppError(error);
      throw new Error(notice([message, hint].filter((part) => part !== undefined).join(' ')), { cause: error });
    }
  }
}

export const register: Register = (parts) =>
  vscode.Disposable.from(...Object.values(tools).map((name) => parts.front.tool(name, new ReadingTool(parts, name))));
