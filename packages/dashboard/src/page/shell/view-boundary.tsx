import { Component, type ComponentChildren } from 'preact';
import { ErrorState } from '../components/notice.tsx';
import { ViewLayout } from '../components/view-layout.tsx';

/** Keeps the rest of the page when a view cannot be drawn, as of events that another version wrote, and says what is the matter. */
export class ViewBoundary extends Component<{ title: string; children: ComponentChildren }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  override componentDidCatch(error: unknown): void {
    this.setState({ error: error instanceof Error ? error : new Error(String(error)) });
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <ViewLayout title={this.props.title}>
        <ErrorState
          message={`This view cannot be drawn: ${error.message}`}
          onRetry={() => this.setState({ error: null })}
        />
      </ViewLayout>
    );
  }
}
