import type { Command } from '../command.ts';
import { configCheck } from './check.ts';
import { configEdit } from './edit.ts';
import { configInit } from './init.ts';
import { configPath } from './path.ts';
import { configSample } from './sample.ts';
import { configSchemaCommand } from './schema.ts';
import { configShow } from './show.ts';

export const configCommands: readonly Command[] = [
  configInit,
  configEdit,
  configCheck,
  configShow,
  configPath,
  configSample,
  configSchemaCommand,
];
