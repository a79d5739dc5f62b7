interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/**
 * Stands in for `@aws-sdk/credential-provider-node` in the bundles (an alias in lib/constructs/pipeline-function.ts).
 * A Lambda's credentials are always in its environment. The SDK's chain looks there first too, but brings along SSO, web
 * identity, process and instance-metadata providers: a fifth of each bundle, and sources of credentials that this
 * product must never use.
 */
export function defaultProvider(): () => Promise<Credentials> {
  let cached: Credentials | undefined;
  return async () => {
    // The SDK asks on every call and leaves caching to the provider. They never change in an execution environment.
    cached ??= readCredentials();
    return cached;
  };
}

function readCredentials(): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  const sessionToken = process.env.AWS_SESSION_TOKEN;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error('The environment holds no credentials of the function.');
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
