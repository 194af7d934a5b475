// Installs what the editor level runs against if it is not there, and prints its folder.
import { ensureEditorHost } from './lib/editorHost.mjs';
import { main } from './lib/setup.mjs';

await main(async () => console.log(await ensureEditorHost()));
