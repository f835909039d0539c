import { EmptyState } from '../components/notice.tsx';
import { Facts } from '../components/view-layout.tsx';

/** The fields of an object of options: short ones as they are, longer ones to unfold. */
export function JsonFacts({ value }: { value: unknown }) {
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (fields.length === 0) return <EmptyState title="None" />;
  return (
    <Facts
      facts={fields.map(([name, field]) => {
        const text = typeof field === 'string' ? field : JSON.stringify(field);
        return [
          name,
          text.length <= 80 ? (
            <code>{text}</code>
          ) : (
            <details>
              <summary>{Array.isArray(field) ? `${field.length} of them` : `${text.length} characters`}</summary>
              <pre class="json-field">{typeof field === 'string' ? field : JSON.stringify(field, null, 2)}</pre>
            </details>
          ),
        ] as const;
      })}
    />
  );
}
