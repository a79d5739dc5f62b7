import { NO_VALUE, resolve, type Scope } from '../../lib/intrinsics.ts';
import { ABSENT_PREFIX, type Identity, identify, isIgnored, type Place } from './identity.ts';
import type { Stack } from './read-assembly.ts';

/** A resource with every intrinsic function replaced by its value. */
export interface DeployedResource {
  readonly stack: Stack;
  readonly logicalId: string;
  readonly type: string;
  readonly identity: Identity;
  readonly properties: Record<string, unknown>;
}

/** The stacks as CloudFormation would have deployed them. */
export interface Deployment {
  readonly resources: readonly DeployedResource[];
  /** Outputs of all stacks by their logical id. */
  readonly outputs: ReadonlyMap<string, string>;
}

/**
 * Resolves the templates of all stacks against each other.
 * @throws Error naming the stack and resource whose value cannot be resolved.
 */
export function deploy(stacks: readonly Stack[], place: Place): Deployment {
  const exports = new Map<string, () => unknown>();
  const resources: DeployedResource[] = [];
  const outputs = new Map<string, string>();
  for (const stack of stacks) {
    const scope = stackScope(stack, place, exports);
    resources.push(...deployResources(stack, scope, place));
    for (const [name, output] of Object.entries(stack.template.Outputs)) {
      if (output.Condition !== undefined && !scope.condition(output.Condition)) continue;
      if (output.Export !== undefined) {
        exports.set(String(resolve(output.Export.Name, scope)), () => resolve(output.Value, scope));
      }
      outputs.set(name, String(resolve(output.Value, scope)));
    }
  }
  return { resources, outputs };
}

function deployResources(stack: Stack, scope: Scope, place: Place): DeployedResource[] {
  return Object.entries(stack.template.Resources).flatMap(([logicalId, resource]) => {
    if (resource.Condition !== undefined && !scope.condition(resource.Condition)) return [];
    const { Type: type, Properties: properties } = resource;
    const identity = identify({ stackName: stack.name, logicalId, type, properties }, place);
    if (identity === undefined) return [];
    try {
      const resolved = Object.entries(properties).map(([name, value]) => [name, resolve(value, scope)] as const);
      const known = resolved.filter(([, value]) => value !== NO_VALUE);
      return [{ stack, logicalId, type, identity, properties: Object.fromEntries(known) }];
    } catch (error) {
      throw new Error(`${logicalId} in stack ${stack.name} cannot be resolved.`, { cause: error });
    }
  });
}

function stackScope(stack: Stack, place: Place, exports: ReadonlyMap<string, () => unknown>): Scope {
  const { template } = stack;
  const pseudo = pseudoParameters(stack, place);
  const identityOf = (logicalId: string): Identity => {
    const resource = template.Resources[logicalId];
    if (resource === undefined) throw new Error(`${stack.name} has no resource ${logicalId}.`);
    if (isIgnored(resource.Type)) return absent(`${resource.Type}/${logicalId}`);
    const { Type: type, Properties: properties } = resource;
    return identify({ stackName: stack.name, logicalId, type, properties }, place) ?? absent(logicalId);
  };
  const scope: Scope = {
    ref(name) {
      if (pseudo.has(name)) return pseudo.get(name);
      const parameter = template.Parameters[name];
      return parameter === undefined ? identityOf(name).ref : parameter.Default;
    },
    attribute(logicalId, attribute) {
      const { ref, attributes } = identityOf(logicalId);
      const value = ref.startsWith(ABSENT_PREFIX) ? `${ref}.${attribute}` : attributes[attribute];
      if (value === undefined) throw new Error(`Attribute ${attribute} of ${logicalId} is not supported locally.`);
      return value;
    },
    importValue(name) {
      const value = exports.get(name);
      if (value === undefined) throw new Error(`No stack before ${stack.name} exports ${name}.`);
      return value();
    },
    condition(name) {
      if (!(name in template.Conditions)) throw new Error(`${stack.name} has no condition ${name}.`);
      return resolve(template.Conditions[name], scope) === true;
    },
    mapped(map, key, second) {
      const value = template.Mappings[map]?.[key]?.[second];
      if (value === undefined) throw new Error(`Mapping ${map} has no entry ${key}, ${second}.`);
      return value;
    },
  };
  return scope;
}

function pseudoParameters(stack: Stack, place: Place): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ['AWS::AccountId', place.accountId],
    ['AWS::Region', place.region],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', stack.name],
    ['AWS::StackId', `arn:aws:cloudformation:${place.region}:${place.accountId}:stack/${stack.name}/local`],
    ['AWS::NoValue', NO_VALUE],
  ]);
}

function absent(what: string): Identity {
  return { ref: `${ABSENT_PREFIX}${what}`, attributes: {} };
}
