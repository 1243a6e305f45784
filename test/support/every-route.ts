/** The part of an OpenAPI document that says what can be asked for. */
interface Described {
  paths: Record<string, { get?: { parameters?: Parameter[] } }>;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema?: { enum?: string[] };
}

/**
 * Every URL that `GET` is described for, its path's parameters filled in with each of the values, and each query parameter
 * that has a list of values with each of those.
 * @param values gives the values of a path's parameter
 */
export function everyGetUrl(
  document: unknown,
  values: (parameter: string, path: string) => readonly string[],
): { path: string; url: string }[] {
  return Object.entries((document as Described).paths).flatMap(([path, { get }]) => {
    if (get === undefined) return [];
    const filled = [...path.matchAll(/\{(\w+)\}/g)].reduce(
      (urls, [hole, name]) =>
        urls.flatMap((url) =>
          values(name!, path).map((value) => url.replace(hole, encodeURIComponent(value))),
        ),
      [path],
    );
    return filled.flatMap((url) =>
      queries(get.parameters ?? []).map((query) => ({ path, url: url + query })),
    );
  });
}

/** None when nothing is required, and one for each value of each parameter that lists its values. */
function queries(parameters: readonly Parameter[]): string[] {
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const chosen = inQuery.flatMap(({ name, schema }) =>
    (schema?.enum ?? []).map((value) => `?${name}=${encodeURIComponent(value)}`),
  );
  return inQuery.some(({ required }) => required) ? chosen : ['', ...chosen];
}

/** Every route whose path names something, by method. A wildcard's own verbs are routes of their own. */
export function everyRouteWithId(document: unknown): { method: string; path: string }[] {
  return Object.entries((document as Described).paths).flatMap(([path, operations]) =>
    path.includes('{')
      ? Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path }))
      : [],
  );
}
