import type { Output } from '../../core/commands/output.ts';
import type { AppError } from '../../core/errors.ts';
import { cleanData } from '../../core/text.ts';

/**
 * What `--json` prints for a result; verbs without data of their own say what they would have said. JSON escapes control
 * characters, but whoever decodes and prints it would have them back: they are taken out.
 */
export function renderJson(output: Output): string {
  const data = cleanData(dataOf(output));
  return `${JSON.stringify(data ?? null, undefined, 2)}\n`;
}

function dataOf(output: Output): unknown {
  if (output.data !== undefined) return output.data;
  switch (output.type) {
    case 'message':
      return { message: output.text, ...(output.details === undefined ? {} : { details: output.details }) };
    case 'text':
      return { text: output.text };
    case 'exit':
      return { exitCode: output.code };
    case 'nothing':
    case 'table':
    case 'record':
      return {};
  }
}

/** One line on stderr. */
export function renderJsonError(error: AppError, stack: string | undefined): string {
  const { code, message, hint, data } = error;
  return `${JSON.stringify(cleanData({ error: { code, message, hint, data, stack } }))}\n`;
}
