import { afterEach } from 'vitest';
import type { Workbench } from './workbench.ts';

/** Where `AGENTWORKS_EDITOR_PICTURES` names a folder, each failure leaves a picture of the windows in it. */
export function pictureFailures(windows: () => readonly (Workbench | undefined)[]): void {
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const [i, window] of windows().entries()) {
      await window?.picture(`failed-${task.name.replaceAll(/\W+/g, '-').slice(0, 60)}-${i}`);
    }
  });
}
