import { cleanText } from '../../events/index.ts'
import type { Channel } from './channel.ts'

/** Slack's own characters (&, <, >): nobody's text becomes a link, a mention or a channel. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** An incoming webhook of Slack. What people wrote is plain text, which Slack reads nothing into; ours is mrkdwn. */
export const slack: Channel = {
  write: ({ title, facts, link, alarm }) => ({
    text: escaped(title),
    unfurl_links: false,
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', emoji: false, text: cleanText(`${alarm ? '🚨 ' : ''}${title}`, 150) },
      },
      ...(alarm ? [{ type: 'section', text: { type: 'mrkdwn', text: '<!channel>' } }] : []),
      {
        type: 'section',
        fields: facts.slice(0, 10).map(([label, value]) => ({
          type: 'plain_text',
          emoji: false,
          text: `${label}: ${value}`,
        })),
      },
      {
        type: 'section',
        text: { type: 'mrkdwn', verbatim: true, text: `<${escaped(link.url)}|${link.text}>` },
      },
    ],
  }),
}
