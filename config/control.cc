#include "config/control.h"

#include <filesystem>
#include <utility>

#include "config/control_socket.h"
#include "config/diagnostics.h"
#include "config/environment.h"
#include "config/node.h"
#include "config/parse.h"
#include "config/stack_data.h"

namespace loam::config {

namespace {

using Changes = std::vector<OnlineChange>;

constexpr const char* kOrigin = "control socket";

std::string refusal(const Status& status) {
  Node answer = Node::object();
  answer.set("ok", Node::of_bool(false));
  answer.set("code", Node::of_signed(static_cast<int>(status.code())));
  answer.set("error", Node::of_string(std::string(status.message())));
  return to_json(answer);
}

std::string answer_of(const Result<Changes>& changes) {
  if (!changes.ok()) return refusal(changes.status());
  Node list = Node::array();
  for (const OnlineChange& change : *changes) {
    Node item = Node::object();
    item.set("option", Node::of_string(change.pointer));
    item.set("before", Node::of_string(change.before));
    item.set("after", Node::of_string(change.after));
    item.set("origin", Node::of_string(change.origin));
    list.items.push_back(std::move(item));
  }
  Node answer = Node::object();
  answer.set("ok", Node::of_bool(true));
  answer.set("changes", std::move(list));
  return to_json(answer);
}

std::string stack_answer(const OnlineStack& stack) {
  Node answer = Node::object();
  answer.set("ok", Node::of_bool(true));
  answer.set("stack", escaped(stack.stack().data().root));
  return to_json(answer);
}

Status wrong_request(const std::string& what) {
  return Status::invalid_argument(
      what + R"(; a request is {"set": PATCH}, {"pointer": P, "value": V} or {"get": true})");
}

std::string real_path(const std::string& path) {
  std::error_code error;
  return std::filesystem::canonical(path, error).string();
}

const std::string* text_at(const Node& node, std::string_view key) {
  const Node* found = node.find(key);
  return found != nullptr && found->is(Node::Type::kString) ? &found->text : nullptr;
}

}  // namespace

std::string answer_control(OnlineStack& stack, const std::string& store, const std::string& line) {
  const Source source(SourceKind::kCommandLine, kOrigin, line);
  Diagnostics diagnostics;
  const std::optional<Node> request = parse(source, &diagnostics);
  if (!request || diagnostics.has_errors()) return refusal(to_status(diagnostics.take()));
  if (!request->is(Node::Type::kObject)) return refusal(wrong_request("no object"));
  const Node* wanted = request->find("store");
  if (wanted != nullptr && !wanted->is_string(real_path(store))) {
    return refusal(Status::not_found("this process has store " + store + " open, no other"));
  }
  if (const Node* patch = request->find("set"))
    return answer_of(stack.patch(to_json(*patch), kOrigin));
  if (const std::string* pointer = text_at(*request, "pointer")) {
    const std::string* value = text_at(*request, "value");
    if (value == nullptr) return refusal(wrong_request("no text \"value\""));
    return answer_of(stack.set(*pointer, *value, kOrigin));
  }
  if (request->find("get") != nullptr) return stack_answer(stack);
  return refusal(wrong_request("nothing that is known is asked for"));
}

Result<Changes> read_control_answer(const std::string& line) {
  const Source source(SourceKind::kCommandLine, kOrigin, line);
  Diagnostics diagnostics;
  const std::optional<Node> answer = parse(source, &diagnostics);
  const Node* ok = answer ? answer->find("ok") : nullptr;
  if (ok == nullptr) return Status::io("the control socket gave no answer that can be read");
  if (!ok->boolean) {
    const std::string* error = text_at(*answer, "error");
    const Node* code = answer->find("code");
    const bool known =
        code != nullptr && code->is(Node::Type::kInteger) && code->negative &&
        code->magnitude <= static_cast<std::uint64_t>(-static_cast<int>(Code::kInternal));
    return Status(known ? static_cast<Code>(code->as_signed()) : Code::kIo,
                  error == nullptr ? "refused without a reason" : *error);
  }
  Changes changes;
  const Node* list = answer->find("changes");
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    const auto part = [&](std::string_view key) {
      const std::string* text = text_at(list->items[i], key);
      return text == nullptr ? std::string() : *text;
    };
    changes.push_back({part("option"), part("before"), part("after"), part("origin")});
  }
  return changes;
}

Result<Changes> set_in_running(const std::string& store, const std::string& pointer,
                               const std::string& value) {
  Node request = Node::object();
  request.set("store", Node::of_string(real_path(store)));
  request.set("pointer", Node::of_string(pointer));
  request.set("value", Node::of_string(value));
  LOAM_TRY_ASSIGN(const std::string answer, ask_control_socket(store, to_json(request)));
  return read_control_answer(answer);
}

}  // namespace loam::config
