import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { KeyService } from '../../core/secrets/vault.ts';
import { awsClientConfig, prepared } from '../aws-client.ts';

/** A client for the life of an execution environment. */
export function createKms(): KMSClient {
  return prepared(new KMSClient(awsClientConfig));
}

/** Data keys under the stack's KMS key. */
export function createKeyService({ client, keyArn }: { client: KMSClient; keyArn: string }): KeyService {
  return {
    async generate(context) {
      const answer = await client.send(
        new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context }),
      );
      const { Plaintext, CiphertextBlob } = answer;
      if (!Plaintext || !CiphertextBlob) throw new Error('KMS answered without a data key.');
      return { plain: Plaintext, wrapped: Buffer.from(CiphertextBlob).toString('base64') };
    },

    async decrypt(wrapped, context) {
      const answer = await client.send(
        new DecryptCommand({
          KeyId: keyArn,
          CiphertextBlob: Buffer.from(wrapped, 'base64'),
          EncryptionContext: context,
        }),
      );
      if (!answer.Plaintext) throw new Error('KMS answered without a key.');
      return answer.Plaintext;
    },
  };
}
