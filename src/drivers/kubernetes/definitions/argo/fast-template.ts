import { isJsonObject, type JsonValue } from '../../../../domain/json.ts';
import type { Parameters } from './git-generator.ts';

/** A template's text, or what is wrong with it. */
export interface Filled {
  text: string;
  fault?: string;
}

/** Fills in `{{name}}`; what is not known stays as it is, as in Argo CD. */
export function fillFastTemplate(text: string, parameters: Parameters): Filled {
  const known = flat(parameters);
  return {
    text: text.replaceAll(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => known.get(name) ?? whole),
  };
}

/** Values by their names: those inside of others by `a.b`, items of lists by `a[0]`. */
function flat(parameters: Parameters): Map<string, string> {
  const known = new Map<string, string>();
  const add = (name: string, value: JsonValue): void => {
    if (Array.isArray(value)) value.forEach((one, index) => add(`${name}[${index}]`, one));
    else if (isJsonObject(value))
      for (const [key, one] of Object.entries(value)) add(name === '' ? key : `${name}.${key}`, one);
    else if (value !== null && !known.has(name)) known.set(name, String(value));
  };
  add('', parameters);
  return known;
}
