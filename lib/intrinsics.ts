/** What the intrinsic functions of one template refer to. */
export interface Scope {
  /** Value of `Ref`: a parameter, a pseudo parameter or a resource's reference. */
  ref(name: string): unknown;
  /** Value of `Fn::GetAtt`. */
  attribute(logicalId: string, attribute: string): unknown;
  /** Value that another stack exports under this name. */
  importValue(exportName: string): unknown;
  /** Whether a condition of the template holds. */
  condition(name: string): boolean;
  /** Value of `Fn::FindInMap`. */
  mapped(map: string, key: string, second: string): unknown;
}

type Evaluate = (argument: unknown, scope: Scope) => unknown;

/** Result of `AWS::NoValue`: the property that holds it is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

const functions: Readonly<Record<string, Evaluate>> = {
  Ref: (name, scope) => scope.ref(text(name, 'Ref')),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, ...path] = typeof argument === 'string' ? argument.split('.') : texts(argument, 'Fn::GetAtt');
    return scope.attribute(text(logicalId, 'Fn::GetAtt'), path.join('.'));
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = pair(argument, 'Fn::Join');
    return texts(resolve(parts, scope), 'Fn::Join').join(text(separator, 'Fn::Join'));
  },
  'Fn::Sub': (argument, scope) => substitute(argument, scope),
  'Fn::Select': (argument, scope) => {
    const [index, options] = pair(argument, 'Fn::Select');
    const list = resolve(options, scope);
    if (!Array.isArray(list)) throw new Error('Fn::Select needs a list.');
    const chosen: unknown = list[Number(resolve(index, scope))];
    if (chosen === undefined) throw new Error(`Fn::Select has no element ${String(index)}.`);
    return chosen;
  },
  'Fn::Split': (argument, scope) => {
    const [separator, whole] = pair(argument, 'Fn::Split');
    return text(resolve(whole, scope), 'Fn::Split').split(text(separator, 'Fn::Split'));
  },
  'Fn::ImportValue': (argument, scope) => scope.importValue(text(resolve(argument, scope), 'Fn::ImportValue')),
  'Fn::If': (argument, scope) => {
    if (!Array.isArray(argument) || argument.length !== 3) throw new Error('Fn::If needs three arguments.');
    return resolve(scope.condition(text(argument[0], 'Fn::If')) ? argument[1] : argument[2], scope);
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, key, second] = texts(resolve(argument, scope), 'Fn::FindInMap');
    return scope.mapped(text(map, 'Fn::FindInMap'), text(key, 'Fn::FindInMap'), text(second, 'Fn::FindInMap'));
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = pair(resolve(argument, scope), 'Fn::Equals');
    return left === right;
  },
  'Fn::Not': (argument, scope) => !conditions(argument, scope).every(Boolean),
  'Fn::And': (argument, scope) => conditions(argument, scope).every(Boolean),
  'Fn::Or': (argument, scope) => conditions(argument, scope).some(Boolean),
  Condition: (name, scope) => scope.condition(text(name, 'Condition')),
};

/**
 * Replaces every intrinsic function in a part of a template by its value.
 * @throws Error for an unknown function: with a guessed value, what is done would not match the template.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && entries.length === 1) {
    const evaluate = functions[first[0]];
    if (evaluate !== undefined) return evaluate(first[1], scope);
    if (first[0].startsWith('Fn::')) throw new Error(`The intrinsic function ${first[0]} is not supported.`);
  }
  const resolved = entries.map(([key, item]): [string, unknown] => [key, resolve(item, scope)]);
  return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
}

function substitute(argument: unknown, scope: Scope): string {
  const [pattern, names] = typeof argument === 'string' ? [argument, {}] : pair(argument, 'Fn::Sub');
  const given = new Map(Object.entries(resolve(names, scope) ?? {}));
  return text(pattern, 'Fn::Sub').replaceAll(/\$\{([^}]*)\}/g, (_match, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    if (given.has(name)) return text(given.get(name), 'Fn::Sub');
    const [logicalId = '', ...path] = name.split('.');
    return text(path.length === 0 ? scope.ref(name) : scope.attribute(logicalId, path.join('.')), 'Fn::Sub');
  });
}

function conditions(argument: unknown, scope: Scope): unknown[] {
  const list = resolve(argument, scope);
  if (!Array.isArray(list)) throw new Error('A condition function needs a list.');
  return list;
}

function pair(value: unknown, name: string): [unknown, unknown] {
  if (!Array.isArray(value) || value.length !== 2) throw new Error(`${name} needs two arguments.`);
  return [value[0], value[1]];
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${name} got ${JSON.stringify(value)} where a string is expected.`);
}

function texts(value: unknown, name: string): string[] {
  if (!Array.isArray(value)) throw new Error(`${name} needs a list.`);
  return value.map((item) => text(item, name));
}
