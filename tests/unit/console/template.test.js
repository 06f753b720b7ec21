import assert from "node:assert/strict";
import { test } from "node:test";

import "./speaks.js";
import { placesOf, slotsOf, templateMessage, templatePreview } from "../../../console/format/template.js";

const template = (components, more = {}) => ({
  name: "order_update", language: "en", parameter_format: "POSITIONAL", components, ...more,
});
const BODY = { type: "BODY", text: "Hi {{1}}, {{2}} is ready, {{1}}.", example: { body_text: [["Ada", "#1"]] } };
const LINK = { type: "URL", text: "Look", url: "https://example.com/{{1}}" };

test("each placeholder is one slot, with Meta's sample as its example", () => {
  assert.deepEqual(placesOf("{{b}} {{ a }} {{b}} {c}"), ["b", "a"]);
  assert.deepEqual(slotsOf(template([BODY])), [
    { id: "body:1", label: "Text, {{1}}", example: "Ada", kind: "text" },
    { id: "body:2", label: "Text, {{2}}", example: "#1", kind: "text" },
  ]);
});

test("named placeholders take their samples by name, and are sent by name", () => {
  const named = template(
    [{ type: "BODY", text: "{{day}}, {{name}}", example: { body_text_named_params: [{ param_name: "name", example: "Ada" }] } }],
    { parameter_format: "NAMED" },
  );
  assert.deepEqual(slotsOf(named).map(({ id, example }) => [id, example]), [["body:day", ""], ["body:name", "Ada"]]);
  assert.deepEqual(templateMessage(named, { "body:day": "Friday", "body:name": "Grace" }).components, [{
    type: "body",
    parameters: [
      { type: "text", parameter_name: "day", text: "Friday" }, { type: "text", parameter_name: "name", text: "Grace" },
    ],
  }]);
});

test("header, body and buttons are sent as the Cloud API names them", () => {
  const whole = template([
    { type: "HEADER", format: "IMAGE" }, BODY, { type: "FOOTER", text: "Parley" },
    { type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "Yes" }, LINK, { type: "COPY_CODE", text: "Copy" }] },
  ]);
  assert.deepEqual(slotsOf(whole).map(({ id, kind }) => `${id} ${kind}`), [
    "header link", "body:1 text", "body:2 text", "button:1 text", "button:2 text",
  ]);
  const values = {
    header: "https://example.com/a.jpg", "body:1": "Ada", "body:2": "#7", "button:1": "7", "button:2": "SAVE20",
  };
  assert.deepEqual(templateMessage(whole, values), {
    name: "order_update", language: { code: "en" },
    components: [
      { type: "header", parameters: [{ type: "image", image: { link: "https://example.com/a.jpg" } }] },
      { type: "body", parameters: [{ type: "text", text: "Ada" }, { type: "text", text: "#7" }] },
      { type: "button", sub_type: "url", index: 1, parameters: [{ type: "text", text: "7" }] },
      { type: "button", sub_type: "copy_code", index: 2, parameters: [{ type: "coupon_code", coupon_code: "SAVE20" }] },
    ],
  });
});

test("a template without anything to fill in has no components", () => {
  const plain = template([{ type: "HEADER", format: "TEXT", text: "Hello" }, { type: "BODY", text: "Hi" }]);
  assert.deepEqual(slotsOf(plain), []);
  assert.deepEqual(templateMessage(plain, {}).components, []);
});

test("what cannot be filled in here is not offered", () => {
  for (const part of [{ type: "CAROUSEL", cards: [] }, { type: "HEADER", format: "LOCATION" }, { type: "BUTTONS", buttons: [{ type: "MPM" }] }]) {
    assert.equal(slotsOf(template([BODY, part])), null);
  }
  assert.equal(slotsOf(template(null)), null);
});

test("the preview shows what is filled in, and the placeholders that are not", () => {
  const whole = template([BODY, { type: "FOOTER", text: "Parley" }, { type: "BUTTONS", buttons: [LINK] }]);
  assert.deepEqual(templatePreview(whole, { "body:1": "{{2}}", "body:2": "" }), {
    header: "", body: "Hi {{2}}, {{2}} is ready, {{2}}.", footer: "Parley", buttons: ["Look"],
  });
});
