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
  return async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
    const sessionToken = process.env.AWS_SESSION_TOKEN;
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      throw new Error("The function's role has given it no credentials.");
    }
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  };
}
