#include "tools/plugin_check.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "core/base/coding.h"
#include "loam/config/author.h"
#include "loam/plugins.h"

namespace loam::tools {
namespace {

using plugin::CheckLine;
using plugin::CheckOptions;
using plugin::CheckOutcome;
using plugin::CheckReport;

Status system_error(const std::string& what) {
  const int error = errno;
  return Status::io(what + ": " + std::strerror(error), error);
}

/// What the child tells, a message each: its size (4), then a word (1) and prefixed texts.
enum class Word : char {
  kStep = 's',
  kLine = 'l',
  kPlugin = 'p',
  kUnused = 'u',
  kRefused = 'r',
  kEnd = 'e'
};

class Teller {
 public:
  explicit Teller(int pipe) : pipe_(pipe) {}
  void tell(Word word, std::initializer_list<std::string_view> texts) const {
    std::string message(sizeof(std::uint32_t), '\0');
    message.push_back(static_cast<char>(word));
    for (const std::string_view text : texts) append_prefixed(message, text);
    put_fixed(message.data(), static_cast<std::uint32_t>(message.size() - sizeof(std::uint32_t)));
    for (Bytes rest = message; !rest.empty();) {
      const ssize_t wrote = ::write(pipe_, rest.data(), rest.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) ::_exit(1);  // nobody listens any more
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
  }

 private:
  int pipe_;
};

/// A directory for what file systems under test make; gone with this object, whatever a crash left.
class Scratch {
 public:
  static Result<Scratch> make() {
    std::error_code error;
    const auto parent = std::filesystem::temp_directory_path(error);
    if (error) return Status::io("no directory for temporary files: " + error.message());
    std::string path = (parent / "loam-check-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) return system_error(path);
    return Scratch(std::move(path));
  }
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code ignored;  // nothing hangs on what is left in a temporary directory
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

struct GivenOption {
  std::string component;
  std::string name;
  std::string value;
};

Result<GivenOption> parse_option(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t slash = text.find('/');
  if (text.find(':') > slash || slash == std::string::npos || equals == std::string::npos ||
      slash > equals) {
    return Status::invalid_argument(
        "expected KIND:NAME/OPTION=VALUE, such as codec:zstd/level=3; found \"" + text + "\"");
  }
  return GivenOption{text.substr(0, slash), text.substr(slash + 1, equals - slash - 1),
                     text.substr(equals + 1)};
}

/// In the child, since making a component loads its plugin.
Result<Setting> make_setting(const GivenOption& option, std::shared_ptr<Registry>& registry) {
  constexpr std::string_view kSecret = "secret:";
  if (option.value.starts_with(kSecret)) {
    return Setting(SecretBytes{option.value.substr(kSecret.size())});
  }
  const std::size_t colon = option.value.find(':');
  if (!option.value.starts_with('@') || colon == std::string::npos) return Setting(option.value);
  if (registry == nullptr) {
    RegistryOptions load;
    load.load_plugins = true;
    LOAM_TRY_ASSIGN(registry, Registry::create(load));
  }
  LOAM_TRY_ASSIGN(Component component, registry->create(option.value.substr(1, colon - 1),
                                                        option.value.substr(colon + 1)));
  return Setting(std::move(component));
}

Status run_check(const PluginCheck& check, const std::string& scratch, const Teller& teller) {
  CheckOptions options;
  options.scratch_directory = scratch;
  options.schema_law = config::check_component_schema;
  std::shared_ptr<Registry> registry;
  for (const std::string& text : check.options) {
    LOAM_TRY_ASSIGN(const GivenOption given, parse_option(text));
    LOAM_TRY_ASSIGN(Setting value, make_setting(given, registry));
    options.settings[given.component].insert_or_assign(given.name, std::move(value));
  }
  options.on_step = [&](const std::string& subject, const std::string& step) {
    teller.tell(Word::kStep, {subject, step});
  };
  options.on_line = [&](const CheckLine& line) {
    const char outcome = static_cast<char>('0' + static_cast<int>(line.outcome));
    teller.tell(Word::kLine, {line.subject, line.law, std::string_view(&outcome, 1), line.detail});
  };
  const CheckReport report = plugin::check_plugin(check.file, options);
  teller.tell(Word::kPlugin, {report.id, report.version});
  for (const std::string& name : report.unused_settings) teller.tell(Word::kUnused, {name});
  return {};
}

[[noreturn]] void be_child(const PluginCheck& check, const std::string& scratch, int pipe) {
  // A crash is an answer here and needs no core file; what the plugin prints is no part of ours.
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  const Teller teller(pipe);
  const Status status = run_check(check, scratch, teller);
  if (!status.ok()) teller.tell(Word::kRefused, {status.message()});
  teller.tell(Word::kEnd, {});
  ::_exit(0);
}

/// Gathers the child's messages into a report.
class Listener {
 public:
  explicit Listener(CheckReport& report) : report_(report) {}

  /// Takes what arrived.  Fails: kInvalidArgument, when the child refused what it was given.
  Status take(Bytes bytes) {
    pending_.append(bytes);
    Bytes rest = pending_;
    std::uint32_t size = 0;
    for (Bytes message = rest; take_fixed(message, size) && message.size() >= size;) {
      LOAM_TRY(hear(message.substr(0, size)));
      message.remove_prefix(size);
      rest = message;
    }
    pending_.erase(0, pending_.size() - rest.size());
    return {};
  }
  [[nodiscard]] bool ended() const { return ended_; }
  /// The plugin took the child down: a line for the step it happened in.
  void add_fall(const std::string& how) {
    report_.lines.push_back({subject_, step_, CheckOutcome::kFailed, how});
  }

 private:
  Status hear(Bytes message) {
    const Word word = message.empty() ? Word::kEnd : static_cast<Word>(message.front());
    std::array<std::string, 4> texts;
    if (!message.empty()) message.remove_prefix(1);
    Bytes text;
    for (std::string& out : texts) {
      if (message.empty() || !take_prefixed(message, text)) break;
      out = text;
    }
    switch (word) {
      case Word::kStep:
        subject_ = texts[0];
        step_ = texts[1];
        break;
      case Word::kLine:
        report_.lines.push_back(
            {texts[0], texts[1],
             texts[2] == "0" ? CheckOutcome::kOk
                             : (texts[2] == "1" ? CheckOutcome::kFailed : CheckOutcome::kNotRun),
             texts[3]});
        break;
      case Word::kPlugin:
        report_.id = texts[0];
        report_.version = texts[1];
        break;
      case Word::kUnused: report_.unused_settings.push_back(texts[0]); break;
      case Word::kRefused: return Status::invalid_argument(texts[0]);
      case Word::kEnd: ended_ = true; break;
    }
    return {};
  }

  CheckReport& report_;
  std::string pending_;
  std::string subject_ = "binary";
  std::string step_ = "manifest";
  bool ended_ = false;
};

/// Reads until the child's end of the pipe closes or a step takes too long; true: it hangs.
Result<bool> listen(int pipe, std::uint32_t step_seconds, Listener& listener) {
  char buffer[4096];
  while (!listener.ended()) {
    pollfd ready{pipe, POLLIN, 0};
    const int count = ::poll(&ready, 1, static_cast<int>(step_seconds * 1000));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("poll");
    if (count == 0) return true;
    const ssize_t got = ::read(pipe, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("pipe");
    if (got == 0) return false;
    LOAM_TRY(listener.take(Bytes(buffer, static_cast<std::size_t>(got))));
  }
  return false;
}

std::string fall_of(int state) {
  if (WIFSIGNALED(state)) {
    return std::string("the process crashed: ") + ::strsignal(WTERMSIG(state));
  }
  return "the process ended with exit code " + std::to_string(WEXITSTATUS(state));
}

}  // namespace

Result<CheckReport> check_in_child(const PluginCheck& check) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(check.file, error)) {
    return Status::invalid_argument(check.file + ": expected a plugin's file, found " +
                                    (error ? error.message() : "something else"));
  }
  for (const std::string& text : check.options) LOAM_TRY(parse_option(text).status());
  LOAM_TRY_ASSIGN(const Scratch scratch, Scratch::make());
  int pipe[2];
  if (::pipe(pipe) != 0) return system_error("pipe");
  const pid_t child = ::fork();
  if (child < 0) return system_error("fork");
  if (child == 0) {
    ::close(pipe[0]);
    be_child(check, scratch.path(), pipe[1]);
  }
  ::close(pipe[1]);
  CheckReport report;
  report.path = check.file;
  Listener listener(report);
  const auto hangs = listen(pipe[0], check.step_seconds, listener);
  ::close(pipe[0]);
  if (!listener.ended() && (!hangs.ok() || *hangs)) ::kill(child, SIGKILL);
  int state = 0;
  while (::waitpid(child, &state, 0) < 0) {
    if (errno != EINTR) return system_error("waitpid");
  }
  if (!hangs.ok()) return hangs.status();
  if (*hangs) {
    listener.add_fall("not done after " + std::to_string(check.step_seconds) + " seconds");
  } else if (!listener.ended()) {
    listener.add_fall(fall_of(state));
  }
  return report;
}

}  // namespace loam::tools
