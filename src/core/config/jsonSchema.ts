import { configSchema } from './schema/index.ts';
import type { SchemaNode, SectionSchema, ValueSchema } from './schema/types.ts';

type Json = Record<string, unknown>;

/** The schema as JSON Schema (draft 7), for editors and other programs. */
export function configJsonSchema(): Json {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Agentworks config.toml',
    ...sectionSchema(configSchema),
  };
}

function nodeSchema(node: SchemaNode): Json {
  switch (node.kind) {
    case 'value':
      return valueSchema(node);
    case 'section':
      return sectionSchema(node);
    case 'collection':
      return {
        type: 'object',
        description: node.doc,
        propertyNames: { pattern: node.names.matches.source },
        additionalProperties: sectionSchema(node.entry),
      };
    case 'alias':
      return { description: node.doc, deprecated: true, allOf: [{ $ref: `#/properties/${node.target}` }] };
    case 'removed':
      return { description: `${node.says}. ${node.replacement}`, deprecated: true, not: {} };
  }
}

function sectionSchema(section: SectionSchema): Json {
  const required = Object.entries(section.children)
    .filter(([, child]) => child.kind === 'value' && child.isRequired === true)
    .map(([name]) => name);
  return {
    type: 'object',
    description: section.doc,
    properties: Object.fromEntries(Object.entries(section.children).map(([name, child]) => [name, nodeSchema(child)])),
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
  };
}

function valueSchema(key: ValueSchema): Json {
  return {
    description: key.doc,
    ...typeOf(key),
    ...(key.default === undefined ? {} : { default: key.default }),
    ...(key.deprecated === undefined && key.hasNoEffect === undefined ? {} : { deprecated: true }),
  };
}

function typeOf(key: ValueSchema): Json {
  switch (key.type) {
    case 'string':
      return {
        type: 'string',
        ...(key.choices === undefined ? {} : { enum: key.choices }),
        ...(key.pattern === undefined ? {} : { pattern: key.pattern.matches.source }),
      };
    case 'integer':
      return {
        type: 'integer',
        ...(key.minimum === undefined ? {} : { minimum: key.minimum }),
        ...(key.maximum === undefined ? {} : { maximum: key.maximum }),
      };
    case 'boolean':
      return { type: 'boolean' };
    case 'list':
      return { type: 'array', items: { type: 'string' } };
    case 'map':
      return {
        type: 'object',
        additionalProperties: { type: 'string' },
        ...(key.keyPattern === undefined ? {} : { propertyNames: { pattern: key.keyPattern.matches.source } }),
      };
  }
}
