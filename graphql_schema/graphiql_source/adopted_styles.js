// In the place of react-style-singleton: style sheets that are adopted, not written into the page,
// where the pages' policy (style-src 'self') refuses them.
import { useEffect } from "react";

export function styleSingleton() {
  let users = 0;
  let sheet = null;
  return function Styles({ styles, dynamic }) {
    useEffect(() => {
      if (users++ === 0) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(styles);
        document.adoptedStyleSheets.push(sheet);
      }
      return () => {
        if (--users === 0) {
          document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
        }
      };
    }, [styles && dynamic]);
    return null;
  };
}
