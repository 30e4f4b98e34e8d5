import type { Channel } from './channel.ts'

const run = (text: string, more: object = {}) => ({ type: 'TextRun', text, ...more })
const block = (...inlines: object[]) => ({ type: 'RichTextBlock', inlines })

/**
 * A webhook of Teams' Workflows: an adaptive card. Its TextBlocks and facts are Markdown, in which a name could become a
 * link; what people wrote stands in TextRuns, which are not.
 */
export const teams: Channel = {
  write: ({ title, facts, link, alarm }) => ({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            block(run(title, { size: 'Large', weight: 'Bolder', ...(alarm && { color: 'Attention' }) })),
            ...facts.map(([label, value]) => block(run(`${label}: `, { weight: 'Bolder' }), run(value))),
          ],
          actions: [{ type: 'Action.OpenUrl', title: link.text, url: link.url }],
        },
      },
    ],
  }),
}
