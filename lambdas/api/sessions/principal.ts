const ROLE = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;
const ASSUMED = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)\/([^/]+)$/;

/** A role of AWS that somebody assumed, under a name of their own. */
export interface AssumedRole {
  roleArn: string;
  sessionName: string;
}

/**
 * Finds the role of a principal among listed ones. A principal's ARN lacks the path of its role, but no account has two
 * roles with the same name.
 * @param principalArn as API Gateway gives it: of an assumed role, with its session's name.
 */
export function assumedRole(principalArn: string, listed: readonly string[]): AssumedRole | undefined {
  const [, partition, account, name, sessionName] = ASSUMED.exec(principalArn) ?? [];
  const roleArn = listed.find((arn) => {
    const [, ...of] = ROLE.exec(arn) ?? [];
    return of.length > 0 && of[0] === partition && of[1] === account && of[2] === name;
  });
  return roleArn === undefined || sessionName === undefined ? undefined : { roleArn, sessionName };
}
