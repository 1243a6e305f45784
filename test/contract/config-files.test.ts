import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { configReference, withReference } from '../../src/config/reference.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { driverSchemas } from '../../src/local/driver-schemas.ts';

const HOW = 'run: node scripts/write-config-files.mjs';
const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

describe('config.schema.json', () => {
  it('is what the schema in the code makes', () => {
    expect(JSON.parse(read('config.schema.json')), HOW).toEqual(configJsonSchema(driverSchemas()));
  });

  it('describes every key', () => {
    const bare: string[] = [];
    const walk = (node: JsonObject, path: string): void => {
      for (const [key, child] of Object.entries((node.properties ?? {}) as Record<string, JsonObject>)) {
        if (typeof child.description !== 'string') bare.push(`${path}.${key}`);
        walk(child, `${path}.${key}`);
        if (child.items) walk(child.items as JsonObject, `${path}.${key}[]`);
      }
    };
    walk(configJsonSchema(driverSchemas()), '');
    expect(bare).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  it('has the reference that the schema makes', () => {
    const document = read('docs/configuration.md');
    expect(document, HOW).toBe(withReference(document, configReference(configJsonSchema(driverSchemas()))));
  });
});
