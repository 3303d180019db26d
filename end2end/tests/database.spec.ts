import { enrol, giveRecoveryCode, saveRecoveryCode, signIn, signOut } from '../support/flow';
import { ANA } from '../support/person';
import { follow } from '../support/profile';
import { expect, test } from '../support/test';

/** How each database says what it is, and what it says. */
const NAMES = {
  sqlite: ["SELECT 'SQLite ' || sqlite_version()", /^SQLite 3\./],
  postgres: ['SELECT version()', /^PostgreSQL \d/],
} as const;

test('app, cards and session of a person are in the database of this project', async ({ page, demo, engine }, { project }) => {
  expect(engine).toBe(project.name === 'postgres' ? 'postgres' : 'sqlite');
  const [question, name] = NAMES[engine];
  expect(await demo.database.run(question)).toEqual([expect.stringMatching(name)]);

  const cards = () => demo.rows(ANA, 'recovery_code', 'number, CASE WHEN used_at IS NULL THEN 0 ELSE 1 END');
  expect(await demo.rows(ANA, 'factor', 'method')).toEqual([]);
  const { recovery } = await enrol(page, ANA);
  expect(await demo.rows(ANA, 'factor', 'method, state')).toEqual(['authenticator active']);
  expect(await cards()).toEqual(['1 0']);
  await signOut(page);

  await signIn(page, ANA);
  await follow(page, 'Use a Recovery Code');
  await giveRecoveryCode(page, recovery);
  await saveRecoveryCode(page);
  expect(await cards()).toEqual(['1 1', '2 0']);
  expect(await demo.rows(ANA, 'session', 'proof')).toEqual(['authenticator', 'recovery']);
});
