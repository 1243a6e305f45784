// Writes what is made from the config's schema: config.schema.json and the reference in docs/configuration.md.
// Run it after changing a key: node scripts/write-config-files.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { configReference, withReference } from '../src/config/reference.ts';
import { driverSchemas } from '../src/local/driver-schemas.ts';

const schemaFile = new URL('../config.schema.json', import.meta.url);
const docFile = new URL('../docs/configuration.md', import.meta.url);
const schema = configJsonSchema(driverSchemas());
writeFileSync(schemaFile, `${JSON.stringify(schema, null, 2)}\n`);
writeFileSync(docFile, withReference(readFileSync(docFile, 'utf8'), configReference(schema)));
console.log('Wrote config.schema.json and docs/configuration.md');
