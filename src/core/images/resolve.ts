import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { BootImage, ImageParts, ImageRequest } from './model.ts';

/**
 * The image that a machine starts from, fetched or built where it is not there yet. Every failure is an AppError whose
 * hint names the next choice.
 */
export async function resolveImage(
  parts: ImageParts,
  request: ImageRequest,
  context: OperationContext,
): Promise<BootImage> {
  if (request.image === 'official') return (await import('./official.ts')).officialImage(parts, request, context);
  if (request.image === 'build') return (await import('./build.ts')).buildImage(parts, context);
  const given = await import('./given.ts');
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(request.image)
    ? given.urlImage(parts, request, context)
    : given.fileImage(parts, request, context);
}

/** The first of several that can be had; each failure is said as a warning before the next is tried. */
export async function resolveFirstImage(
  parts: ImageParts,
  requests: readonly ImageRequest[],
  context: OperationContext,
): Promise<BootImage> {
  let failure = new AppError('internal', 'No image was asked for.');
  for (const [i, request] of requests.entries()) {
    try {
      return await resolveImage(parts, request, context);
    } catch (error) {
      failure = toAppError(error);
      if (failure.code === 'aborted') throw failure;
      const next = requests[i + 1];
      if (next !== undefined)
        context.report({ type: 'warning', text: failure.message, hint: `Trying '${next.image}'.` });
    }
  }
  throw failure;
}
