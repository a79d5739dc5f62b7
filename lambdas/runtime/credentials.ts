interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/**
 * Stands in for `@aws-sdk/credential-provider-node` in the bundles (an alias in lib/constructs/pipeline-function.ts).
 * A Lambda's credentials are in its environment, always; the SDK's chain would look there first too, but carries
 * SSO, web identity, process and instance-metadata providers along: a fifth of each bundle, and ways to credentials
 * that this product never wants.
 */
export function defaultProvider(): () => Promise<Credentials> {
  let known: Credentials | undefined;
  return async () => {
    // The SDK asks for every call, and leaves remembering to the chain. They do not change while a container lives.
    known ??= readCredentials();
    return known;
  };
}

function readCredentials(): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  const sessionToken = process.env.AWS_SESSION_TOKEN;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error("The function's role has given it no credentials.");
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
