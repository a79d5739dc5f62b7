import { SignatureV4 } from '@smithy/signature-v4';

/**
 * Stands in for `@aws-sdk/signature-v4-multi-region` in the bundles (an alias in lib/constructs/pipeline-function.ts). S3 and
 * EventBridge bring a signer for multi-region access points, global endpoints and S3 Express, none of which is used here.
 * This one signs everything else as before, and says that there is no other.
 */
export class SignatureV4MultiRegion extends SignatureV4 {
  static sigv4aDependency(): 'none' {
    return 'none';
  }
}

/** For S3 Express. */
export const SignatureV4SignWithCredentials = SignatureV4;
