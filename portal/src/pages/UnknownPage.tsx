import { Link } from '@tanstack/react-router';
import { PageHead } from '../components/PageHead.tsx';
import { words } from '../words/words.ts';

export function UnknownPage() {
  const { title, body, back } = words.problems.unknownPage;
  return (
    <>
      <PageHead title={title} intro={body} />
      <Link to="/endpoints" className="button">
        {back}
      </Link>
    </>
  );
}
