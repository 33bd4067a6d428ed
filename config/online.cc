#include "loam/config/online.h"

#include <map>
#include <utility>

#include "config/control.h"
#include "config/core_options.h"
#include "config/environment.h"
#include "config/merge_patch.h"
#include "config/online_impl.h"
#include "config/overrides.h"
#include "config/parse.h"
#include "config/remembered.h"
#include "config/secrets.h"

namespace loam::config {

namespace {

using Changes = std::vector<OnlineChange>;

constexpr std::uint64_t kWatchIntervalUs = 1'000'000;

Options with_online_values(Options now, Options wanted) {
  for (const CoreOption& option : core_options()) {
    if (!option.schema.online) continue;
    const FieldAccess& a = option.access;
    if (a.size != nullptr) a.size(now) = a.size(wanted);
    if (a.count32 != nullptr) a.count32(now) = a.count32(wanted);
    if (a.count != nullptr) a.count(now) = a.count(wanted);
    if (a.real != nullptr) a.real(now) = a.real(wanted);
    if (a.flag != nullptr) a.flag(now) = a.flag(wanted);
    if (a.set_choice != nullptr) a.set_choice(now, a.choice(wanted));
    if (a.component != nullptr) a.component(now) = a.component(wanted);
  }
  now.levels = wanted.levels;
  return now;
}

/// "table.codec" as the core calls it, by the pointer of the document.
std::string core_name(std::string_view pointer) {
  for (const std::string_view above : {"/store/default/", "/store/"}) {
    if (!pointer.starts_with(above)) continue;
    std::string name(pointer.substr(above.size()));
    for (char& c : name) c = c == '/' ? '.' : c;
    return name;
  }
  return std::string(pointer);
}

Result<Changes> failed(Diagnostics* diagnostics) { return to_status(diagnostics->take()); }

}  // namespace

OnlineStack::Impl::Impl(OnlineParts parts) : parts_(std::move(parts)) {
  MutexLock lock(mutex_);
  if (!parts_.file.empty()) seen_ = digest_of_all(parts_.text, parts_.load);
  wipe(&parts_.text);  // it may hold secrets
  publish();
}

bool OnlineStack::Impl::is_watching() const {
  const Node* watch = parts_.current->root.find("watch");
  return !parts_.file.empty() && watch != nullptr && watch->boolean;
}

Environment& OnlineStack::Impl::environment() const {
  Environment* given = parts_.load.registry_options.environment;
  return given == nullptr ? Environment::system() : *given;
}

/// Before the files are closed: nobody may change what is going.
OnlineStack::Impl::~Impl() {
  socket_.reset();
  std::unique_ptr<Executor> watcher;
  {
    MutexLock lock(watch_mutex_);
    watcher = std::move(watcher_);
  }
  watcher.reset();  // waits for a look that is under way
}

void OnlineStack::Impl::look_later() {
  MutexLock lock(watch_mutex_);
  if (watcher_ == nullptr) return;
  watcher_->submit_after(kWatchIntervalUs, [this] {
    look();
    look_later();
  });
}

void OnlineStack::Impl::look() {
  {
    MutexLock lock(mutex_);
    if (!is_watching()) return;
  }
  check_file().status().ignore("logged, and shown as a property");
}

std::shared_ptr<const StackData> OnlineStack::Impl::current() const {
  MutexLock lock(mutex_);
  return parts_.current;
}

void OnlineStack::Impl::publish() {
  parts_.db->publish_property("loam.stack", Stack(parts_.current).to_json());
  if (!is_watching()) return;
  {
    MutexLock lock(watch_mutex_);
    if (watcher_ != nullptr) return;  // and it goes on looking whether it is to
    watcher_ = environment().make_executor("loam-watch", 1);
  }
  look_later();
}

Result<Changes> OnlineStack::Impl::change(const RootEdit& edit, const std::string& origin) {
  MutexLock lock(mutex_);
  Next next;
  Reading reading = change_stack(*parts_.current, edit, parts_.load, parts_.mode);
  if (reading.stack == nullptr) return to_status(reading.diagnostics);
  next.current = next.lasting = reading.stack;
  if (parts_.lasting != parts_.current) {
    reading = change_stack(*parts_.lasting, edit, parts_.load, parts_.mode);
    if (reading.stack == nullptr) return to_status(reading.diagnostics);
    next.lasting = reading.stack;
  }
  return apply(next, origin);
}

Result<Changes> OnlineStack::Impl::apply(const Next& next, const std::string& origin) {
  Diagnostics diagnostics;
  Changes changes = online_changes(*parts_.current, *next.current, origin, &diagnostics);
  if (diagnostics.has_errors()) return failed(&diagnostics);
  std::map<std::string, std::string, std::less<>> origins;
  for (const OnlineChange& change : changes) {
    origins.emplace(core_name(change.pointer), change.origin);
  }
  ReconfigureOptions how;
  how.origin = origin;
  how.origin_of = [&](std::string_view option) {
    const auto found = origins.find(option);
    return found == origins.end() ? origin : found->second;
  };
  if (parts_.remembers) {
    how.commit = [&] { return remember_change(*parts_.lasting, *next.lasting, parts_.store); };
  }
  const auto edit = [&](Options& now) { now = with_online_values(now, next.current->options); };
  LOAM_TRY(parts_.db->reconfigure(edit, how));
  parts_.current = next.current;
  parts_.lasting = next.lasting;
  if (parts_.remembers) {
    remember(*parts_.lasting, parts_.store)
        .ignore("STACK then names plugins that nothing needs any more: no harm");
  }
  publish();
  return changes;
}

/// A text is tried once: what is wrong with it is said once.
Result<Changes> OnlineStack::Impl::check_file() {
  MutexLock lock(mutex_);
  if (parts_.file.empty()) {
    return Status::invalid_argument("the stack of this store came from no file");
  }
  Result<std::string> text = read_text_file(parts_.file);
  const std::uint64_t digest =
      text.ok() ? digest_of_all(*text, parts_.load) : keyed_digest(text.status().to_string());
  const bool same = digest == seen_;
  seen_ = digest;
  Result<Changes> changes = same ? Changes() : follow(text);
  if (text.ok()) wipe(&*text);  // it may hold secrets
  if (same) return changes;
  const std::string error = changes.ok() ? "" : changes.status().to_string();
  if (!error.empty()) parts_.db->log(LogLevel::kWarn, "the stack file is not followed: " + error);
  parts_.db->publish_property("loam.watch-error", error);
  return changes;
}

Result<Changes> OnlineStack::Impl::follow(const Result<std::string>& text) {
  if (!text.ok()) return text.status();
  const Reading reading = reread_stack(*text, parts_.load, *parts_.current);
  if (reading.stack == nullptr) return to_status(reading.diagnostics);
  return apply({reading.stack, reading.stack}, parts_.file);
}

Status OnlineStack::Impl::serve(OnlineStack& stack) {
  const auto answer = [this, &stack](const std::string& line) {
    return answer_control(stack, parts_.store, line);
  };
  LOAM_TRY_ASSIGN(socket_, ControlSocket::serve(parts_.store, environment(), answer));
  parts_.db->publish_property("loam.control-socket", socket_->path());
  return {};
}

OnlineStack::OnlineStack(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OnlineStack::~OnlineStack() = default;

Stack OnlineStack::stack() const { return Stack(impl_->current()); }

Result<Changes> OnlineStack::patch(const std::string& json, const std::string& origin) {
  const LoadOptions& load = impl_->load();
  const auto edit = [&](Sources* sources, Node* root, Diagnostics* diagnostics) {
    const auto order = static_cast<std::uint32_t>(sources->size());
    sources->push_back(std::make_shared<const Source>(SourceKind::kCommandLine, origin, json, order,
                                                      load.directory));
    std::optional<Node> patch = parse(*sources->back(), diagnostics);
    if (!patch) return;
    if (!patch->is(Node::Type::kObject)) {
      diagnostics->error(patch->span, "", {"a merge patch is an object"});
      return;
    }
    substitute_environment(variables_of(load), sources, &*patch, diagnostics);
    apply_merge_patch(root, std::move(*patch));
  };
  return impl_->change(edit, origin);
}

Result<Changes> OnlineStack::set(const std::string& pointer, const std::string& value,
                                 const std::string& origin) {
  const LoadOptions& load = impl_->load();
  const auto edit = [&](Sources* sources, Node* root, Diagnostics* diagnostics) {
    const auto order = static_cast<std::uint32_t>(sources->size());
    const std::string text = std::string(kOverridePrefix) + pointer + "=" + value;
    sources->push_back(std::make_shared<const Source>(SourceKind::kCommandLine, origin, text, order,
                                                      load.directory));
    apply_override(*sources->back(), stack_schema(), root, diagnostics);
  };
  return impl_->change(edit, origin);
}

Status OnlineStack::serve() { return impl_->serve(*this); }

Result<Changes> OnlineStack::check_file() { return impl_->check_file(); }

}  // namespace loam::config
