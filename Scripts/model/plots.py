"""The plots of the tiny stories: what happens between the opening and the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stories import Teller

Plot = Callable[["Teller"], None]


def lost_thing(t: Teller) -> None:
    t.say(
        "{H} had {athing}.",
        "{H} had {athing} that {he} loved very much.",
        "{His} favourite thing was {athing}.",
    )
    t.say(
        "But one day, {he} could not find the {it}.",
        "One day, the {it} was gone.",
        "But then {he} lost the {it}.",
    )
    t.say(
        "{H} was very sad and began to cry.", "{He} felt very sad.", "{H} did not know what to do."
    )
    t.say('"I have lost my {it}," said {H}.', '"Where is my {it}?" asked {H}.')
    t.say(
        '"Do not worry," said {F}. "I will help you."',
        '"Let us look for it together," said {F}.',
        '{F} said, "We will find it."',
    )
    t.say(
        "They looked under the bed, but it was not there.",
        "First they looked behind the house, but they did not find it.",
        "They looked everywhere.",
        chance=0.7,
    )
    t.say(
        "Then they looked under a big tree.",
        "Then {F} looked behind a big rock.",
        "At last {F} looked in the tall grass.",
    )
    t.say("There was the {it}!", "There it was, the {thing}!", "The {thing} was there!")
    t.say(
        '"Thank you, {F}!" said {H}.',
        '"You found it! Thank you!" said {H}.',
        "{H} was so happy and gave {F} a big hug.",
    )


def sharing(t: Teller) -> None:
    t.say(
        "{H} had some {food}, and it smelled very good.",
        "{H} made some {food} for lunch.",
        "{H} had a basket full of {food}.",
    )
    t.say("{F} came and looked at the {food}.", "Then {F} came by.", "Soon {F} came to visit.")
    t.say(
        '"I am very hungry," said {F}.',
        '"I have nothing to eat," said {F}.',
        '"Can I have some {food}, please?" asked {F}.',
    )
    t.say(
        "At first, {H} did not want to share.",
        "{H} wanted to keep it all.",
        "{H} thought about it for a moment.",
    )
    t.say(
        "But then {he} saw that {F} looked sad.",
        "Then {he} saw how hungry {F} was.",
        "But {F} was {his} friend.",
    )
    t.say(
        '"You can have half of it," said {H}.',
        '"Let us share it," said {H}.',
        '"Come and sit with me," said {H}. "There is enough for two."',
    )
    t.say(
        "They sat down and ate the {food} together.", "The two friends ate the {food} under a tree."
    )
    t.say(
        "{H} learned that sharing is fun.",
        "{H} learned that food tastes better with a friend.",
        "{H} was glad that {he} had shared.",
    )


def being_afraid(t: Teller) -> None:
    t.say(
        "{H} was afraid of the dark.",
        "{H} was afraid of the water.",
        "{H} was afraid of loud noises.",
    )
    fear = t.sentences[-1].split(" of ")[1].rstrip(".")
    t.say(
        f'"I am afraid of {fear}," {{he}} told {{F}}.',
        f'"Are you not afraid of {fear}?" {{he}} asked {{F}}.',
    )
    t.say(
        '"I was afraid too," said {F}. "But you can be brave."',
        '"Hold my hand," said {F}. "I am with you."',
        '"We can do it together," said {F}.',
    )
    t.say(
        "{H} took a deep breath.",
        "{H} closed {his} eyes and counted to three.",
        "{H} looked at {F} and nodded.",
    )
    t.say(
        {
            "the dark": "Together they walked out into the night.",
            "the water": "Together they stepped into the water.",
            "loud noises": "Together they listened to the thunder.",
        }[fear]
    )
    t.say(
        {
            "the dark": "They saw the moon and a thousand stars.",
            "the water": "The water was warm and they began to swim.",
            "loud noises": "The thunder was only the sky playing its drums.",
        }[fear]
    )
    t.say(
        '"It is not so bad!" said {H}.',
        '"This is wonderful!" said {H}.',
        '"Look, I am brave!" said {H}.',
    )
    t.say(
        f"After that, {{H}} was not afraid of {fear} any more.",
        f"{{H}} was never afraid of {fear} again.",
    )


def getting_lost(t: Teller) -> None:
    t.say(
        "{H} wanted to see what was behind the hill.",
        "{H} went for a long walk.",
        "{H} followed a yellow butterfly.",
    )
    t.say(
        "{He} walked and walked, and soon {he} did not know where {he} was.",
        "After a while, {he} could not find the way home.",
        "Soon {he} was lost.",
    )
    t.say(
        "It was getting dark, and {H} was scared.",
        "The trees were tall and the path was gone.",
        "{H} sat down on a stone and felt alone.",
    )
    t.say(
        '"Hello? Is anyone there?" called {H}.',
        '"Help! I am lost!" called {H}.',
        '"I want to go home," said {H}.',
    )
    t.say(
        "{F} heard {him} and came running.",
        "Far away, {F} heard the call.",
        "Luckily, {F} was near and heard {him}.",
    )
    t.say(
        '"I know the way," said {F}. "Follow me."',
        '"Do not cry," said {F}. "I will take you home."',
    )
    t.say(
        "{F} had {athing} to help them on the way.", "{F} gave {him} {athing} to hold.", chance=0.5
    )
    t.say(
        "They walked home together, and {his} mother was very happy to see them.",
        "Step by step they found the way back home.",
        "Soon {H} saw the lights of {his} house.",
    )
    t.say(
        '"Thank you for helping me," said {H}.',
        "{H} promised never to go so far alone again.",
        '"You are a true friend," said {H}.',
    )


def finding_thing(t: Teller) -> None:
    t.say(
        "{H} was walking when {he} saw something on the ground.",
        "While {H} was playing, {he} saw something shine.",
        "{H} and {F} were out for a walk when they saw something in the grass.",
    )
    t.say(
        "It was {athing}!",
        "{He} picked it up. It was {athing}!",
        "It was {athing}, and nobody was near.",
    )
    t.say(
        '"What a nice {it}!" said {H}. "Can I keep it?"',
        '"Look what I found!" said {H}.',
        '"I wonder whose {it} this is," said {H}.',
    )
    t.say(
        '"Someone must be missing it," said {F}.',
        '"Maybe someone has lost it," said {F}.',
        '"We should find out who it belongs to," said {F}.',
    )
    t.say(
        "So they asked everyone they met.",
        "So they went from door to door.",
        "They asked the baker, the farmer and the teacher.",
    )
    t.say(
        "At last they met an old woman who was looking for her {it}.",
        "Then they met an old man. He was looking for his {it}.",
        "In the end they found an old woman who had lost her {it}.",
    )
    t.say(
        '"Thank you!" they heard. "You are very kind."',
        "{H} gave back the {it} with a smile.",
        "{H} gave the {thing} back at once.",
    )
    t.say(
        "To say thank you, they got some {food}.",
        "As a gift, {H} and {F} were given some {food}.",
        "{H} felt warm and proud inside.",
    )


def helping(t: Teller) -> None:
    t.say("{H} heard a small voice.", "{H} heard someone crying.", "{H} heard a strange sound.")
    t.say(
        "It was {F}, who was stuck in a hole.",
        "{F} was stuck in a tree and could not get down.",
        "{F} had hurt {fhis} foot and could not walk.",
    )
    trouble = t.sentences[-1]
    t.say(
        '"Please help me!" said {F}.',
        '"Can you help me?" asked {F}.',
        '"I cannot do it alone," said {F}.',
    )
    t.say(
        '"Of course I will help you," said {H}.',
        '"Wait, I have an idea," said {H}.',
        '"Do not be afraid," said {H}. "I am here."',
    )
    if "hole" in trouble:
        t.say(
            "{He} found a long branch and pulled {F} out.",
            "{He} let down a rope, and {F} climbed out.",
        )
    elif "tree" in trouble:
        t.say(
            "{He} brought a ladder, and {F} came down safely.",
            "{He} held up a blanket, and {F} jumped down into it.",
        )
    else:
        t.say(
            "{He} carried {F} home and put a bandage on the foot.",
            "{He} went to get the doctor, and soon the foot was better.",
        )
    t.say(
        '"You saved me!" said {F}.',
        '"Thank you, {H}," said {F}. "You are so brave."',
        "{F} was very thankful.",
    )
    t.say(
        "{F} gave {H} {athing} as a present.",
        "The next day, {F} brought {him} {athing}.",
        "They sat down and ate some {food} together.",
    )


def making_thing(t: Teller) -> None:
    t.say(
        "{H} wanted to have {athing}.",
        "{H} dreamed of having {athing}.",
        "More than anything, {H} wanted {athing}.",
    )
    t.say("But {he} had no money to buy one.", "But there was no shop near {his} home.")
    t.say(
        '"Then let us make one," said {F}.',
        '"We can make it ourselves," said {F}.',
        '{F} said, "I know how to make one."',
    )
    t.say(
        "They worked all morning.",
        "They worked hard for three days.",
        "It was not easy, and it took a long time.",
    )
    t.say(
        "The first one broke, and {H} was sad.",
        "The first try did not work at all.",
        "At first everything went wrong.",
    )
    t.say(
        '"Let us try again," said {F}.',
        'But {F} said, "Never give up."',
        '"We will do better this time," said {F}.',
    )
    t.say(
        "They tried again, and this time it worked.",
        "The second one was just right.",
        "In the end, they did it.",
    )
    t.say(
        "Now {H} had {athing}, and {he} had made it with {his} own hands.",
        "It was the most beautiful {it} {he} had ever seen.",
        "{H} looked at the {thing} and was very proud.",
    )
    t.say("{H} learned to keep trying.", "{H} and {F} played with it every day.")


def new_friend(t: Teller) -> None:
    t.say("One day, someone new came to live near {H}.", "A new family moved in next door.")
    t.say(
        "The new one did not know anyone and looked lonely.",
        "The newcomer sat alone and did not speak.",
    )
    t.say(
        '"Should we say hello?" asked {F}.', '"Maybe we should ask if they want to play," said {F}.'
    )
    t.say(
        "{H} took {athing} and went over.",
        "{H} had an idea and brought {athing}.",
        "So {H} took some {food} and went over.",
    )
    t.say(
        '"Hello, I am {H}. Do you want to play with us?"',
        '"Hi! My name is {H}. This is for you."',
        '"Would you like to be our friend?" asked {H}.',
    )
    t.say(
        '"Yes, please!" said the newcomer with a big smile.',
        "The newcomer smiled for the first time.",
    )
    t.say(
        "They played until the sun went down.",
        "They laughed and ran all day.",
        "Soon it felt as if they had always been friends.",
    )
    t.say("Now there were three friends instead of two.", "{H} was glad to have a new friend.")


def contest(t: Teller) -> None:
    t.say("There was going to be a race {where}.", "Everyone was excited about the big race.")
    t.say("The prize was {athing}.", "The winner would get {athing}.")
    t.say("{H} wanted to win very much.", '"I want to win," said {H}.', "{H} practised every day.")
    t.say(
        "The race began, and {H} ran as fast as {he} could.",
        "One, two, three, go! {H} was in front.",
        "{H} ran and ran, and soon {he} was first.",
    )
    t.say(
        "Then {he} saw that {F} had fallen down.",
        "But then {F} fell and hurt {fhis} leg.",
        "Suddenly {F} cried out in pain.",
    )
    t.say(
        "{H} stopped at once and went back.",
        "{H} did not think about the prize any more. {He} turned around.",
        "{H} had to choose, and {he} chose {his} friend.",
    )
    t.say(
        '"Are you all right?" asked {H}.',
        '"Come, I will help you," said {H}.',
        '"Lean on me," said {H}.',
    )
    t.say(
        "They crossed the line together, and they were last.", "They walked to the end, arm in arm."
    )
    t.say(
        "But everyone clapped, and {H} got the {thing} for being kind.",
        "They did not win, but everyone was proud of {H}.",
        '"A friend is better than a prize," said {H}.',
    )


def garden(t: Teller) -> None:
    t.say(
        "{H} found a tiny seed.",
        "{F} gave {H} a tiny seed.",
        "{H} bought a little seed at the market.",
    )
    t.say("{He} put it in the ground and gave it water.", "{He} planted it next to {his} home.")
    t.say(
        "Every day {he} looked, but nothing happened.",
        "Days went by, and there was nothing to see.",
    )
    t.say(
        '"It will never grow," said {H}.',
        '"Why does it not grow?" asked {H}.',
        "{H} was sad and wanted to give up.",
    )
    t.say(
        '"You must wait," said {F}. "Good things take time."',
        '"Be patient," said {F}.',
        '{F} said, "Let us sing to it."',
    )
    t.say("So {H} waited and gave it water every morning.", "So they waited together.")
    t.say(
        "Then one morning there was a small green leaf.",
        "One day after the rain, something green came up.",
        "At last, a little plant looked out of the ground.",
    )
    t.say(
        "It grew and grew, until it was taller than {H}.",
        "Soon it had a big yellow flower.",
        "In summer it was full of sweet berries.",
    )
    t.say("{H} learned to be patient.", '"You were right," said {H}. "It was worth the wait."')


PLOTS = [
    lost_thing,
    sharing,
    being_afraid,
    getting_lost,
    finding_thing,
    helping,
    making_thing,
    new_friend,
    contest,
    garden,
]
ABOUT = {
    "lost_thing": "losing something",
    "sharing": "sharing",
    "being_afraid": "being brave",
    "getting_lost": "getting lost",
    "finding_thing": "finding something",
    "helping": "helping a friend",
    "making_thing": "making something",
    "new_friend": "making a new friend",
    "contest": "a race",
    "garden": "a seed",
}
WITH_THING = {lost_thing, finding_thing, making_thing}
