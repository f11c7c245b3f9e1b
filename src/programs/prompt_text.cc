// SPDX-License-Identifier: Apache-2.0
#include "programs/prompt_text.h"

namespace assay::programs {

std::string_view prompt_text() {
  return R"(The assayer's shop stood at the upper end of the market street, where the carts from the mines had to pass.
It was a narrow house with one window, and in the window hung a pair of scales so fine that a breath would move them.
Nobody in the town could say how old the scales were. The assayer, whose name was Marta Lind, had them from her mother,
and her mother had them from a man who came over the mountains with nothing else in his bag.

People brought her rings, coins, lumps of ore, and once a church bell in eleven pieces. They all asked the same question:
is it gold, and how much of it? She never answered at once. She wrote down who had brought the piece and when, what it
weighed in air and what it weighed in water, and only then did she light the furnace. "The first number is a rumour," she
used to say. "The second number is an opinion. If the third agrees with both of them, we may begin to talk."

One morning in late autumn a young man came in with a bar wrapped in a blue cloth. He had ridden all night. His brothers
had found the bar behind a wall in their father's barn, and they wanted to know whether they could buy the neighbouring
farm. He put it on the table and said that it weighed four pounds exactly, for he had weighed it himself.

"On which scales?" asked Marta.

"On the scales at the mill."

"The scales at the mill are made for flour. A handful of flour more or less has never hurt anybody." She set the bar on
her own balance and added weights until the needle stood still. Then she took the bar off, waited, and did the same
again, and a third time after that. The young man watched her with growing impatience. "It was the same each time," he
said. "Why do you do it three times?"

"Because I did not know that it would be the same. You see the needle come to rest, and you think it tells you about the
bar. But it also tells you about the draught under the door, about the warmth of my hand, and about the knife edge on
which the beam lies. If I weigh once, I cannot tell these apart. If I weigh many times, the bar stays and the others come
and go." She wrote three numbers in her book, and beside them a fourth, smaller one, which said how far they lay from
each other.

After that she filed a little metal from the corner of the bar, wrapped it in lead, and put it into the furnace in a cup
of bone ash. It took the better part of an hour. The lead melted, drew the base metals out, and sank with them into the
cup, until at last a bright bead was left, no larger than a grain of barley. While they waited she told him of a merchant
who had once paid for a chest of silver by the sound that it made. "It was a beautiful sound," she said. "It was also tin,
for the greater part. He had tested the chest with great care. He had simply tested the wrong thing."

When the bead had cooled she weighed it, and then she did what the young man had not expected: she took a second cup, in
which there had been lead but no metal of his, and weighed the speck that was left in that one as well. "There is always a
little silver in the lead," she explained. "If I did not look at the empty cup, I would sell you my own silver as your
gold. It is not much. But it would be a lie, and the next person who trusted my number would build upon it."

She made her calculation twice, once from the top of the page and once from the bottom. The bar was gold, though not as
much of it as his brothers had hoped: eleven parts in twenty, the rest copper and a trace of silver. She would not give
him a single figure. She gave him two, a lower and an upper one, and told him that the truth would lie between them in
nineteen cases out of twenty. "And in the twentieth?" asked the young man. "In the twentieth," said Marta Lind, "you come
back to me, and we find out together which of us was wrong. That is what the book is for.")";
}

}  // namespace assay::programs
