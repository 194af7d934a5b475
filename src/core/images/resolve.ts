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
