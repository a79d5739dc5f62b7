import type { EvaluationResult } from '@aws-sdk/client-iam';
import { type Finding, fail, setRight, warn } from './finding.ts';

const CHECK = 'permissions';

/** A function's role. */
export interface Role {
  readonly arn: string;
  readonly name: string;
}

/** What a function needs, and the role that must allow it. */
export interface Question {
  readonly stage: string;
  /** The function's name. */
  readonly name: string;
  readonly role: Role;
  readonly action: string;
  readonly resource: string;
}

/**
 * What is wrong with a permission: nothing, a denial and who denies, or that the simulation does not know.
 * @param results of a simulation with this resource alone.
 */
export function verdictOf(question: Question, results: readonly EvaluationResult[]): Finding[] {
  const { stage, name, role, action, resource } = question;
  const what = `${name} may not ${action} on ${resource}`;
  const result = results.find(({ EvalActionName = '' }) => EvalActionName.toLowerCase() === action.toLowerCase());
  if (result === undefined) {
    return [
      warn(
        CHECK,
        `IAM did not say whether ${name} may ${action} on ${resource}.`,
        `Look at ${role.name} in the console of IAM.`,
      ),
    ];
  }
  const { decision, missing, policies, byOrganization, byBoundary } = partsOf(result);
  const unknown = missing.length === 0 ? '' : ` (The simulation does not know ${missing.join(', ')}.)`;
  // Of what is merely not allowed, the statements are those that would have allowed it.
  const denies = decision === 'explicitDeny' ? named(policies) : '';
  if (byOrganization === false) {
    return [
      fail(
        CHECK,
        `${what}: a service control policy of the organisation does not allow it.${unknown}`,
        `Ask whoever manages the organisation to allow ${action} in this account and Region.`,
      ),
    ];
  }
  if (byBoundary === false) {
    return [
      fail(
        CHECK,
        `${what}: the permissions boundary of ${role.name} does not allow it${denies}.${unknown}`,
        `Allow it in the boundary, which this names: aws iam get-role --role-name ${role.name} --query Role.PermissionsBoundary`,
      ),
    ];
  }
  if (decision === 'explicitDeny') {
    return [
      fail(
        CHECK,
        `${what}: a policy of ${role.name} denies it${denies}.${unknown}`,
        'Remove the statement that denies it, or take the policy off the role.',
      ),
    ];
  }
  if (decision !== 'allowed') {
    return [
      fail(
        CHECK,
        `${what}: no policy of ${role.name} allows it.${unknown}`,
        `Put back what was taken from the role: ${setRight(stage)}`,
      ),
    ];
  }
  if (missing.length === 0) return [];
  return [
    warn(
      CHECK,
      `Whether ${name} may ${action} on ${resource} depends on what a simulation does not know: ${missing.join(', ')}.`,
      `See the conditions on it in the policies of ${role.name}, and whether a request of the function has it.`,
    ),
  ];
}

/** The parts of a result: those of the resource where IAM gives them, since it says of the organisation only for the whole. */
function partsOf(result: EvaluationResult) {
  const [own] = result.ResourceSpecificResults ?? [];
  const of = own ?? result;
  return {
    decision: own?.EvalResourceDecision ?? result.EvalDecision,
    missing: [...new Set([...(own?.MissingContextValues ?? []), ...(result.MissingContextValues ?? [])])],
    policies: (of.MatchedStatements ?? []).flatMap(({ SourcePolicyId: id, SourcePolicyType: type }) =>
      id === undefined ? [] : [type === undefined ? id : `${id} (${type})`],
    ),
    byOrganization: result.OrganizationsDecisionDetail?.AllowedByOrganizations,
    byBoundary: (own?.PermissionsBoundaryDecisionDetail ?? result.PermissionsBoundaryDecisionDetail)
      ?.AllowedByPermissionsBoundary,
  };
}

const named = (policies: readonly string[]) => (policies.length === 0 ? '' : `: ${[...new Set(policies)].join(', ')}`);
