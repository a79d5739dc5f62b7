import { Link } from '@tanstack/react-router';
import { Empty } from '../components/States.tsx';
import { words } from '../words/words.ts';

export function UnknownPage() {
  const { title, body, back } = words.problems.unknownPage;
  return (
    <Empty title={title} body={body}>
      <Link to="/endpoints" className="button">
        {back}
      </Link>
    </Empty>
  );
}
