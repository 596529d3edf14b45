import { Link } from "react-router";
import { Nothing, Page } from "../kit";
import { strings } from "../strings";

export function NotFound() {
  return (
    <Page title={strings.notFound}>
      <Nothing title={strings.notFoundText} actions={<Link to="/">{strings.goHome}</Link>} />
    </Page>
  );
}
