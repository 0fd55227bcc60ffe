// Says how much time is left. The page says until when without it.
const time = document.querySelector("time[data-left]");
if (time) {
  const ends = Date.parse(time.dateTime);
  const until = time.textContent;
  const tell = () => {
    const seconds = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    time.textContent = seconds > 0 ? `${until} (${clock} ${time.dataset.left})` : `${until} (${time.dataset.over})`;
    if (seconds === 0) clearInterval(timer);
  };
  const timer = setInterval(tell, 1000);
  tell();
}
