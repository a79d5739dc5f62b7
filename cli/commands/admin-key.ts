import { Option } from '@commander-js/extra-typings';
import { ROLES } from '../../core/keys/key.ts';
import { readOptions } from '../admin-key-options.ts';
import { type Group, given, withExample } from '../runtime/command.ts';

/** `postrider admin-key`: the first key of a stage, which nobody could sign in to without it. */
export const adminKeyCommand: Group = (root, run) => {
  withExample(
    root
      .command('admin-key')
      .summary('create an API key with your AWS credentials, such as the first one')
      .description(
        'create an API key with your AWS credentials, such as the first one of a stage; it is shown only once',
      )
      .option(
        '--table <name>',
        'the registry table, RegistryTableName (default: that of --stage, which is dev if it is not named)',
      )
      .option('--name <text>', 'name of the key, shown in lists (default: made by npm run admin-key)')
      .addOption(new Option('--role <role>', 'what it may do (default: admin)').choices(ROLES))
      .option('--tenant <name>', 'bind it to a tenant'),
    'postrider admin-key --stage prod --name first',
    'after the first deployment; the audit trail has the ARN of your credentials',
  ).action((wanted) =>
    run(async ({ io, options: { stage, region }, out }) => {
      const args = Object.entries(given({ stage, region, ...wanted })).map(([name, value]) => `--${name}=${value}`);
      const options = readOptions(args, io.env);
      if (options === 'help') return;
      // Loaded here: no other command needs these clients.
      const { makeAdminKey } = await import('../make-admin-key.ts');
      const key = await makeAdminKey(options, (line) => out.note(line));
      out.data(out.json ? JSON.stringify({ key }) : key);
    }),
  );
};
