import { join } from 'node:path';
import { benchEditor } from './editor.ts';
import { benchHosts } from './hosts.ts';
import { benchLanguageServer } from './languageServer.ts';
import { benchStartup } from './startup.ts';

const [part, directory = ''] = process.argv.slice(2);
const cli = join(process.cwd(), 'dist', 'agentworks.cjs');

if (part === 'startup') await benchStartup(cli, directory);
else if (part === 'language') await benchLanguageServer(cli, directory);
else if (part === 'editor') await benchEditor(directory);
else await benchHosts(cli);
