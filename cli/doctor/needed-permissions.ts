import * as z from 'zod';
import { resolve, type Scope } from '../../lib/intrinsics.ts';
import type { DeployedStack, Resource } from './stacks.ts';

/** An action that a function must be allowed on a resource. */
export interface Permission {
  readonly action: string;
  /** An ARN as the template grants it; it may end in a wildcard. */
  readonly resource: string;
}

/** What a function's template grants it. */
export interface FunctionNeeds {
  /** The function's name. */
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** ARNs of managed policies, whose content only IAM knows. */
  readonly managedPolicies: readonly string[];
  /** What of it we cannot read: a sentence for each. */
  readonly unreadable: readonly string[];
}

const oneOrMore = <Item extends z.ZodType>(item: Item) => z.union([z.array(item), item.transform((one) => [one])]);
const statementSchema = z.object({
  Effect: z.string(),
  Action: oneOrMore(z.string()).optional(),
  Resource: oneOrMore(z.unknown()).optional(),
});
/** A policy document, in a template or as IAM stores it. */
export const policyDocument = z.object({ Statement: oneOrMore(statementSchema) });
type PolicyDocument = z.output<typeof policyDocument>;

const policyProperties = z.object({ PolicyDocument: policyDocument, Roles: z.array(z.unknown()).default([]) });
const roleProperties = z.object({
  ManagedPolicyArns: z.array(z.unknown()).default([]),
  Policies: z.array(z.object({ PolicyDocument: policyDocument })).default([]),
});
const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
type Template = z.output<typeof templateSchema>;

/**
 * What each function of a deployed stack is granted by the stack's own template: the only list of it, so that a check can miss nothing
 * that a function has been given.
 * @param text the template as CloudFormation has it: JSON.
 * @param imports values of all exports.
 * @throws Error if it is not the template of a CDK app.
 */
export function functionNeeds(
  stack: DeployedStack,
  text: string,
  imports: Readonly<Record<string, string>>,
): FunctionNeeds[] {
  const template = templateSchema.parse(JSON.parse(text));
  const scope = scopeOf(stack, imports);
  const nameOf = (id: string) => stack.resources.find(({ logicalId }) => logicalId === id)?.id ?? id;
  return ofType(template, 'AWS::Lambda::Function').map(([id, { Role }]) => {
    const name = nameOf(id);
    const role = logicalIdIn(Role);
    const found = role === undefined ? undefined : grantsOf(role, template);
    if (found === undefined || found.documents.length === 0) {
      return {
        name,
        permissions: [],
        managedPolicies: [],
        unreadable: [`The template does not show what ${name} may do.`],
      };
    }
    const read = found.documents.map((document) => permissionsIn(document, scope));
    const managed = found.managedPolicies.map((one) => textOf(one, scope));
    return {
      name,
      permissions: unique(read.flatMap(({ permissions }) => permissions)),
      managedPolicies: managed.flatMap((one) => ('value' in one ? [one.value] : [])),
      unreadable: [
        ...read.flatMap(({ unreadable }) => unreadable),
        ...managed.flatMap((one) => ('why' in one ? [`A managed policy of ${name}: ${one.why}`] : [])),
      ],
    };
  });
}

/** Every action with every resource that a document allows, and what of it we cannot read. */
export function permissionsIn(
  { Statement }: PolicyDocument,
  scope: Scope = PLAIN,
): { permissions: Permission[]; unreadable: string[] } {
  const permissions: Permission[] = [];
  const unreadable: string[] = [];
  for (const { Effect, Action, Resource } of Statement) {
    if (Effect !== 'Allow') continue;
    if (Action === undefined || Resource === undefined) {
      unreadable.push('A statement names no actions or no resources.');
      continue;
    }
    for (const one of Resource) {
      const resource = textOf(one, scope);
      if ('why' in resource) unreadable.push(`A resource of ${Action.join(', ')}: ${resource.why}`);
      else permissions.push(...Action.map((action) => ({ action, resource: resource.value })));
    }
  }
  return { permissions, unreadable };
}

function unique(permissions: readonly Permission[]): Permission[] {
  return [...new Map(permissions.map((one) => [`${one.action} ${one.resource}`, one])).values()];
}

function ofType(template: Template, type: string): [string, Record<string, unknown>][] {
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties] as [string, Record<string, unknown>]] : [],
  );
}

/** The documents that a role has in the template: its own, and those that name it. */
function grantsOf(role: string, template: Template) {
  const found = template.Resources[role];
  if (found?.Type !== 'AWS::IAM::Role') return undefined;
  const { ManagedPolicyArns: managedPolicies, Policies } = roleProperties.parse(found.Properties);
  // CDK moves what does not fit into a policy of the role to managed ones, which name the role too.
  const attached = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => ofType(template, type))
    .map(([, properties]) => policyProperties.parse(properties))
    .filter(({ Roles }) => Roles.some((one) => logicalIdIn(one) === role));
  // Those of the template are read here, whatever their ARNs will be.
  const foreign = managedPolicies.filter(
    (one) => template.Resources[logicalIdIn(one) ?? '']?.Type !== 'AWS::IAM::ManagedPolicy',
  );
  return {
    managedPolicies: foreign,
    documents: [...Policies, ...attached].map(({ PolicyDocument }) => PolicyDocument),
  };
}

/** The resource of the template that `Ref` or `Fn::GetAtt` names. */
function logicalIdIn(value: unknown): string | undefined {
  const reference = referenceSchema.safeParse(value);
  if (!reference.success) return undefined;
  return 'Ref' in reference.data ? reference.data.Ref : reference.data['Fn::GetAtt'][0];
}

const refSchema = z.strictObject({ Ref: z.string() });
const attributeSchema = z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const referenceSchema = z.union([refSchema, attributeSchema]);

type Value = { readonly value: string } | { readonly why: string };

/** The text that a value of a template stands for; why not, if we cannot say: a guess would ask about something else. */
function textOf(value: unknown, scope: Scope): Value {
  try {
    const text = resolve(value, scope);
    return typeof text === 'string' ? { value: text } : { why: 'It is not a text.' };
  } catch (fault) {
    return { why: fault instanceof Error ? fault.message : String(fault) };
  }
}

/** What the references in a stack's template stand for. */
function scopeOf(stack: DeployedStack, imports: Readonly<Record<string, string>>): Scope {
  const byId = new Map(stack.resources.map((one) => [one.logicalId, one]));
  const known = <Thing>(thing: Thing | undefined, what: string): Thing => {
    if (thing === undefined) throw new Error(`${what} is not known here.`);
    return thing;
  };
  return {
    ref: (name) => known(pseudoParameters(stack)[name] ?? byId.get(name)?.id, name),
    attribute: (id, name) => {
      const resource = known(byId.get(id), id);
      return known(name === 'Arn' ? arnOf(resource, stack) : undefined, `${name} of ${id}, a ${resource.type},`);
    },
    importValue: (name) => known(imports[name], `The export ${name}`),
    condition: (name) => known<boolean>(undefined, `The condition ${name}`),
    mapped: (map) => known(undefined, `The mapping ${map}`),
  };
}

/** What there is to refer to in a document of IAM's: nothing. */
const PLAIN = scopeOf(
  { name: '', status: undefined, arn: '', isProtected: false, outputs: {}, exports: {}, resources: [] },
  {},
);

/** Partition, Region and account of a stack, from its ARN. */
export function placeOf({ arn }: DeployedStack): { partition: string; region: string; account: string } {
  const [, partition = '', , region = '', account = ''] = arn.split(':');
  return { partition, region, account };
}

function pseudoParameters(stack: DeployedStack): Partial<Record<string, string>> {
  const { partition, region, account } = placeOf(stack);
  return { 'AWS::Partition': partition, 'AWS::Region': region, 'AWS::AccountId': account };
}

/** The ARN of a resource; undefined for a type that no function of ours is granted by its stack. */
function arnOf({ type, id }: Resource, stack: DeployedStack): string | undefined {
  const { partition, region, account } = placeOf(stack);
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  switch (type) {
    case 'AWS::SQS::Queue':
      // CloudFormation knows a queue by its URL.
      return arn('sqs', id.split('/').at(-1) ?? '');
    case 'AWS::Logs::LogGroup':
      return arn('logs', `log-group:${id}:*`);
    case 'AWS::Events::EventBus':
      return arn('events', `event-bus/${id}`);
    case 'AWS::Lambda::Function':
      return arn('lambda', `function:${id}`);
    default:
      return undefined;
  }
}
