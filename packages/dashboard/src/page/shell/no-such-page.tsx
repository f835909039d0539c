import { EmptyState } from '../components/notice.tsx';
import { ViewLayout } from '../components/view-layout.tsx';
import { routeHash, VIEWS } from '../route.ts';
import { TITLES } from './titles.ts';

/** What stands at an address that leads nowhere. */
export function NoSuchPage() {
  return (
    <ViewLayout title="No such page">
      <EmptyState title="There is nothing at this address">
        <p>
          <code>{location.hash}</code>
        </p>
        <p>
          There are:{' '}
          {VIEWS.map((view, index) => (
            <span key={view}>
              {index === 0 ? '' : ', '}
              <a href={routeHash({ view })}>{TITLES[view]}</a>
            </span>
          ))}
        </p>
      </EmptyState>
    </ViewLayout>
  );
}
