// The page: reads the status every two seconds and shows it, and says how old it is when it cannot.
import { connectionWord, read, repeat } from './api.js';
import { budgetSection } from './budget.js';
import { show } from './dom.js';
import { startHistory } from './history.js';
import { drillList, flipList, footer } from './lists.js';
import { banners, workflowCards } from './workflows.js';

const INTERVAL = 2;
const at = (id) => document.getElementById(id);

let status = null;
let lists = { flips: [], drills: [] };
let budget = null;
let readAt = null; // by performance.now(), which no one sets back
let failure = '';
const history = startHistory(at('history-controls'), at('history-body'));

// Ages are told by the server's clock, which may differ from this computer's.
const serverNow = () => Date.parse(status.read_time) + (performance.now() - readAt);

function render() {
  const connection = connectionWord(readAt === null ? null : performance.now() - readAt, INTERVAL);
  const line = at('connection');
  line.dataset.state = failure && connection.state === 'waiting' ? 'disconnected' : connection.state;
  const text = failure && connection.state !== 'live' ? `${connection.word} (${failure})` : connection.word;
  if (line.textContent !== text) line.textContent = text;
  document.body.classList.toggle('old', connection.state === 'disconnected');
  if (status === null) return;
  const now = serverNow();
  show(at('banner'), banners(status, now));
  show(at('workflows'), workflowCards(status, now));
  show(at('budget'), budgetSection(budget, now));
  show(at('flips'), flipList(lists.flips, now));
  show(at('drills'), drillList(lists.drills, now));
  show(at('footer'), footer(status, now));
}

repeat(INTERVAL, async () => {
  try {
    const [next, flips, drills, spending] = await Promise.all([
      read('/api/status'),
      read('/api/flips', { page_size: 8 }),
      read('/api/drills', { page_size: 5 }),
      read('/api/budget'),
    ]);
    status = next;
    budget = spending;
    lists = { flips: flips.flips, drills: drills.drills };
    readAt = performance.now();
    failure = '';
    const scored = status.workflows.find((workflow) => workflow.paths.some((path) => path.verdict?.evidence_time));
    history.setWorkflows(status.workflows.map((workflow) => workflow.workflow).sort(),
      (scored ?? status.workflows[0])?.workflow);
  } catch (error) {
    failure = error.name === 'TimeoutError' ? 'no answer in 8 s' : error.message;
  }
  render();
});
setInterval(render, 1000);
