/** A matched route of the HTTP API with its path parameters. */
export interface RouteMatch<Target> {
  readonly routeKey: string;
  readonly target: Target;
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
}

/** Finds the route for a method and a decoded path. */
export type FindRoute<Target> = (method: string, path: string) => RouteMatch<Target> | undefined;

interface Route<Target> {
  readonly routeKey: string;
  readonly target: Target;
  readonly method: string;
  readonly segments: readonly string[];
}

/**
 * Orders routes by the precedence of an HTTP API: a literal path, then one with variables, then one with a greedy
 * variable, then `$default`; a route for the exact method before one for `ANY`.
 * Source: API Gateway developer guide, "Create routes for HTTP APIs".
 * @throws Error for an invalid route key.
 */
export function compileRoutes<Target>(
  routes: readonly { readonly routeKey: string; readonly target: Target }[],
): FindRoute<Target> {
  const fallback = routes.find(({ routeKey }) => routeKey === '$default');
  const compiled = routes
    .filter((route) => route !== fallback)
    .map(compile)
    .sort((a, b) => rank(a) - rank(b));
  return (method, path) => {
    const segments = path.split('/');
    for (const route of compiled) {
      if (route.method !== method && route.method !== 'ANY') continue;
      const caught = match(route.segments, segments);
      if (caught === undefined) continue;
      const pathParameters = Object.keys(caught).length === 0 ? undefined : caught;
      return { routeKey: route.routeKey, target: route.target, pathParameters };
    }
    return fallback && { ...fallback, pathParameters: undefined };
  };
}

function compile<Target>({ routeKey, target }: { routeKey: string; target: Target }): Route<Target> {
  const [, method, path] = /^([A-Z]+) (\/.*)$/.exec(routeKey) ?? [];
  if (method === undefined || path === undefined) throw new Error(`The route key ${routeKey} is invalid.`);
  return { routeKey, target, method, segments: path.split('/') };
}

function rank({ segments, method }: Route<unknown>): number {
  const variables = segments.filter((segment) => segment.startsWith('{')).length;
  const greedy = segments.at(-1)?.endsWith('+}') ? 1 : 0;
  return greedy * 1000 + variables * 2 + (method === 'ANY' ? 1 : 0);
}

function match(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const caught: Record<string, string> = {};
  for (const [index, segment] of pattern.entries()) {
    const [, name, greedy] = /^\{([^+}]+)(\+?)\}$/.exec(segment) ?? [];
    const actual = path[index];
    if (actual === undefined || (name !== undefined && actual === '')) return undefined;
    if (name === undefined) {
      if (segment !== actual) return undefined;
    } else if (greedy === '+') {
      caught[name] = path.slice(index).join('/');
      return caught;
    } else {
      caught[name] = actual;
    }
  }
  return pattern.length === path.length ? caught : undefined;
}
